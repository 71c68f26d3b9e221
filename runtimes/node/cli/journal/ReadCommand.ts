import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { formatEventLine } from "../../../../core/journal/index.ts"
import { writeOut } from "../Output.ts"
import { makeRate, withProgress } from "../Progress.ts"
import { UseError } from "../UseError.ts"
import { openExisting } from "./OpenJournals.ts"
import type { EntityInput } from "./OpenJournals.ts"
import { wrongSeqNr } from "./WrongSeqNr.ts"

/** What `odradek journal read` is told. */
export interface ReadInput extends EntityInput {
  readonly from: number | undefined
  readonly to: number | undefined
}

/** What is wrong with the numbers that were given. */
const wrongRange = ({ from, to }: Pick<ReadInput, "from" | "to">): string | undefined => {
  for (const [flag, number] of Object.entries({ "--from": from, "--to": to })) {
    const wrong = number === undefined ? undefined : wrongSeqNr(flag, number)
    if (wrong !== undefined) return wrong
  }
  if (from === undefined || to === undefined || from <= to) return undefined
  return `--from is ${from} and --to is ${to}: give a --to that is not below --from.`
}

/** Writes the events of a journal, one a line, as fast as they are taken. */
export const runRead = Effect.fnUntraced(function* (input: ReadInput) {
  const { from, id, json, quiet, to } = input
  const wrong = wrongRange(input)
  if (wrong !== undefined) return yield* new UseError({ message: wrong })
  const journals = yield* openExisting(input)
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  yield* withProgress({ silent: json || quiet }, (doing) => {
    const rate = makeRate()
    let count = 0
    doing(() => `${count} ${count === 1 ? "event" : "events"} read, ${rate(count)}`)
    return Stream.runForEachArray(journals.journal(id).read(range), (events) => {
      count += events.length
      return writeOut(events.map((event) => `${formatEventLine(event)}\n`).join(""))
    })
  })
})
