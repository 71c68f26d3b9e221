import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { sayOut, writeOut } from "../Output.ts"
import { explanationJson, explanationTable } from "./ExplanationText.ts"
import { openJournals } from "./OpenJournals.ts"
import type { EntityInput, JournalInput } from "./OpenJournals.ts"

/** Says the last number ever appended. */
export const runPointer = Effect.fnUntraced(function* (input: EntityInput) {
  const { id, json, topic } = input
  const journals = yield* openJournals(input)
  const pointer = yield* journals.journal(id).pointer
  yield* sayOut(json ? JSON.stringify({ topic, id, pointer: pointer ?? null }) : String(pointer ?? "none"))
})

/** An id on a line of its own; one that would not stay there is written as JSON. */
const idLine = (id: string): string =>
  /^[^"\p{Cc}\p{Zl}\p{Zp}][^\p{Cc}\p{Zl}\p{Zp}]*$/u.test(id) ? id : JSON.stringify(id)

/** Lists the journals of a topic. */
export const runIds = Effect.fnUntraced(function* (input: JournalInput) {
  const journals = yield* openJournals(input)
  yield* Stream.runForEachArray(journals.ids, (ids) =>
    writeOut(ids.map((id) => `${input.json ? JSON.stringify({ id }) : idLine(id)}\n`).join(""))
  )
})

/** Shows where each event of a journal lives. */
export const runExplain = Effect.fnUntraced(function* (input: EntityInput) {
  const journals = yield* openJournals(input)
  const explanation = yield* journals.journal(input.id).explain
  yield* sayOut(input.json ? explanationJson(explanation) : explanationTable(explanation))
})
