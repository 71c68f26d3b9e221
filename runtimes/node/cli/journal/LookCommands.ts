import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { sayOut, writeOut } from "../Output.ts"
import { waitingFor, withProgress } from "../Progress.ts"
import { explanationJson, explanationTable } from "./ExplanationText.ts"
import { idLine } from "./IdLine.ts"
import { openExisting, openJournals } from "./OpenJournals.ts"
import type { EntityInput, JournalInput } from "./OpenJournals.ts"

/** Says the last number ever appended. */
export const runPointer = Effect.fnUntraced(function* (input: EntityInput) {
  const { id, json, quiet, topic } = input
  const journals = yield* openExisting(input)
  const pointer = yield* withProgress({ silent: json || quiet }, (doing) => {
    doing(waitingFor(`looking for the last number of journal ${JSON.stringify(id)}`))
    return journals.journal(id).pointer
  })
  yield* sayOut(json ? JSON.stringify({ topic, id, pointer: pointer ?? null }) : String(pointer ?? "none"))
})

/** Lists the journals of a topic. */
export const runIds = Effect.fnUntraced(function* (input: JournalInput) {
  const { json, quiet } = input
  const journals = yield* openJournals(input)
  yield* withProgress({ silent: json || quiet }, (doing) => {
    let count = 0
    const waiting = waitingFor(`looking through topic ${input.topic}`)
    doing(() => `${waiting()}, ${count} found`)
    return Stream.runForEachArray(journals.ids, (ids) => {
      count += ids.length
      return writeOut(ids.map((id) => `${json ? JSON.stringify({ id }) : idLine(id)}\n`).join(""))
    })
  })
})

/** Shows where each event of a journal lives. */
export const runExplain = Effect.fnUntraced(function* (input: EntityInput) {
  const { id, json, quiet } = input
  const journals = yield* openExisting(input)
  const explanation = yield* withProgress({ silent: json || quiet }, (doing) => {
    doing(waitingFor(`reading journal ${JSON.stringify(id)}`))
    return journals.journal(id).explain
  })
  yield* sayOut(json ? explanationJson(explanation) : explanationTable(explanation))
})
