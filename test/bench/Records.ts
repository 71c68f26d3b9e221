import * as Result from "effect/Result"
import { encodeAction, encodeEvents } from "../../core/journal/index.ts"
import type { Event } from "../../core/journal/index.ts"
import type { NewRecord } from "../../core/log/index.ts"
import { payload } from "./Fixture.ts"

const text = JSON.stringify(payload)
const began = 1_700_000_000_000
const metadata = { expireAfter: undefined, data: undefined }

const eventOf = (seqNr: number): Event => ({ seqNr, tags: [], payload: { _tag: "Json", text } })

/** The record of an append of `count` events of 100 B, numbered from `from`, as a journal writes it. */
export const appendOf = (journalId: string, from: number, count: number): NewRecord => {
  const others = Array.from({ length: count - 1 }, (_, at) => eventOf(from + 1 + at))
  return Result.getOrThrow(
    encodeAction({
      _tag: "Append",
      journalId,
      timestamp: began + from,
      origin: "bench",
      version: "odradek 0.1.0",
      range: { from, to: from + count - 1 },
      headerMetadata: undefined,
      headers: new Map(),
      ...Result.getOrThrow(encodeEvents({ events: [eventOf(from), ...others], metadata }))
    })
  )
}

/** Who appends what: `journals` of `each` events, in records of `perRecord`; `beside` of them take turns, then the next. */
export interface Shape {
  readonly journals: number
  readonly each: number
  readonly perRecord: number
  readonly beside: number
}

/** How many events a shape has. */
export const eventsIn = ({ each, journals }: Shape): number => journals * each

/** The records of a shape in the order of the log. */
export function* recordsOf({ beside, each, journals, perRecord }: Shape): Generator<NewRecord> {
  for (let first = 0; first < journals; first += beside) {
    const end = Math.min(first + beside, journals)
    for (let from = 1; from <= each; from += perRecord) {
      for (let at = first; at < end; at++) yield appendOf(`journal-${at}`, from, Math.min(perRecord, each - from + 1))
    }
  }
}
