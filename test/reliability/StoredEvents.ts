import * as Effect from "effect/Effect"
import type { JournalStore } from "../../core/ports/index.ts"
import type { Expected } from "./Oracle.ts"

const eventsAtOnce = 1000

/** All events of a journal that are in a store. */
export const storedEvents = (store: JournalStore, topic: string, id: string) =>
  Effect.gen(function* () {
    const found: Array<Expected> = []
    for (let from = 1; ;) {
      const request = { key: { topic, id }, from, to: Number.MAX_SAFE_INTEGER, limit: eventsAtOnce }
      const page = yield* store.events(request)
      for (const { offset, payload, seqNr } of page) {
        found.push({ seqNr, offset, json: payload?._tag === "Json" ? payload.text : "no JSON" })
      }
      if (page.length < eventsAtOnce) return found
      from = (page.at(-1)?.seqNr ?? 0) + 1
    }
  })
