import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { writeOut } from "../Output.ts"
import { formatEventLine } from "./EventLine.ts"
import { openJournals } from "./OpenJournals.ts"
import type { EntityInput } from "./OpenJournals.ts"

/** What `odradek journal read` is told. */
export interface ReadInput extends EntityInput {
  readonly from: number | undefined
  readonly to: number | undefined
}

/** Writes the events of a journal, one a line, as fast as they are taken. */
export const runRead = Effect.fnUntraced(function* (input: ReadInput) {
  const { from, id, to } = input
  const journals = yield* openJournals(input)
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  yield* Stream.runForEachArray(journals.journal(id).read(range), (events) =>
    writeOut(events.map((event) => `${formatEventLine(event)}\n`).join(""))
  )
})
