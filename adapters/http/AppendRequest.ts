import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { maxSeqNr } from "../../core/journal/index.ts"
import type { Appended, Journal, JournalError, NewEvent } from "../../core/journal/index.ts"
import type { Payload } from "../../core/ports/index.ts"
import type { AppendBody } from "./AppendBody.ts"
import { journalProblem } from "./JournalProblem.ts"
import { Problem } from "./Problem.ts"

type Events = Arr.NonEmptyReadonlyArray<NewEvent<Payload>>

const conflict = (journal: Journal<Payload>, why: string, expected: number | undefined, pointer: number) =>
  new Problem({
    kind: "sequence-conflict",
    message: `${why}; nothing of this append counts: read what has come, and decide anew.`,
    details: { ...journal.key, expected, pointer }
  })

/** Events with numbers of their own, or those after the expected one. */
const numbered = ([first, ...rest]: Events, expected: number): Events => {
  const give = (event: NewEvent<Payload>, at: number) => ({ seqNr: expected + 1 + at, ...event })
  return [give(first, 0), ...rest.map((event, at) => give(event, at + 1))]
}

/**
 * Appends the events where the journal is as it is expected to be.
 *
 * **Details**
 *
 * The last number is looked at first. What others append between that look and this append is seen afterwards: of two
 * records with one number the first in the log counts, so that the event with the first number is read back, and is either
 * ours or not.
 */
const appendNumbered = Effect.fnUntraced(function* (
  journal: Journal<Payload>,
  { events, record }: AppendBody,
  expected: number | undefined
): Effect.fn.Return<Appended, Problem> {
  const pointer = (yield* Effect.mapError(journal.pointer, journalProblem)) ?? 0
  if (expected !== undefined && pointer !== expected) {
    return yield* conflict(
      journal,
      `The journal has had events up to ${pointer}, and not ${expected}`,
      expected,
      pointer
    )
  }
  const last = expected ?? pointer
  if (last + events.length > maxSeqNr) {
    return yield* new Problem({ kind: "invalid-events", message: "The journal has no sequence numbers left." })
  }
  const ours = numbered(events, last)
  const first = ours[0].seqNr ?? 0
  if (first <= pointer) {
    const why = `The first event has the number ${first}, and the journal has had events up to ${pointer}`
    return yield* conflict(journal, why, expected, pointer)
  }
  const appended = yield* Effect.mapError(journal.append(ours, record), journalProblem)
  const unknown = (why: string, cause?: JournalError) =>
    new Problem({
      kind: "unknown-outcome",
      message: `The record is in the log, and ${why}: read the journal to see whether it counts.`,
      details: { ...journal.key, partition: appended.partition, offset: appended.offset },
      cause
    })
  const { from } = appended
  const found = yield* Effect.mapError(Stream.runHead(journal.read({ from, to: from })), (cause) =>
    unknown("whether another one came before it could not be looked at", cause)
  )
  if (Option.isNone(found)) return yield* unknown(`its event ${from} was removed since, or another one came before it`)
  const { offset, partition } = found.value
  if (partition === appended.partition && offset === appended.offset) return appended
  const now = yield* Effect.mapError(journal.pointer, (cause) => unknown("the journal could not be looked at", cause))
  return yield* conflict(journal, `Another append came first with the number ${from}`, expected, now ?? 0)
})

/**
 * Appends what was asked for: numbered by the journal, by the events themselves, or behind the number that is expected.
 */
export const appendRequest = (
  journal: Journal<Payload>,
  body: AppendBody,
  expected: number | undefined
): Effect.Effect<Appended, Problem> =>
  expected === undefined && body.events[0].seqNr === undefined
    ? Effect.mapError(journal.append(body.events, body.record), journalProblem)
    : appendNumbered(journal, body, expected)
