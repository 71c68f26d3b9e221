import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { formatEventLine } from "../../core/journal/index.ts"
import type { Followed, JournalError } from "../../core/journal/index.ts"
import type { Payload } from "../../core/ports/index.ts"
import { journalProblem } from "./JournalProblem.ts"
import { problemBody, type Problem } from "./Problem.ts"

const utf8 = new TextEncoder()

/** Pages of a journal, or of a list, as they are pulled. */
export type Pages<A> = Pull.Pull<Arr.NonEmptyReadonlyArray<A>, JournalError>

/** The pages with the first one pulled already, so that what fails at once is told before the answer begins. */
export const begun = <A>(pages: Pages<A>): Effect.Effect<Pages<A>, JournalError> =>
  Effect.match(pages, {
    onSuccess: (page) => Result.succeed(page),
    onFailure: (end) => Result.fail(end)
  }).pipe(
    Effect.flatMap((first) => {
      if (Result.isFailure(first) && !Cause.isDone(first.failure)) return Effect.fail(first.failure)
      let given = false
      return Effect.succeed(
        Effect.suspend(() => {
          if (given) return pages
          given = true
          return Effect.fromResult(first)
        })
      )
    })
  )

/** The body of an answer that has one line for each value; each page is one chunk. */
export const lines = <A>(pages: Pages<A>, line: (value: A) => string): Stream.Stream<Uint8Array, JournalError> =>
  Stream.fromPull(
    Effect.succeed(
      Effect.map(pages, (values): Arr.NonEmptyReadonlyArray<Uint8Array> => [
        utf8.encode(values.map((value) => `${line(value)}\n`).join(""))
      ])
    )
  )

const toldEvent = (one: Followed<Payload>): string =>
  one._tag === "Purged"
    ? "event: purged\nid: 0\ndata: {}\n\n"
    : `id: ${one.event.seqNr}\ndata: ${formatEventLine(one.event)}\n\n`

const toldProblem = (problem: Problem): string => `event: problem\ndata: ${JSON.stringify(problemBody(problem))}\n\n`

/**
 * The body of an answer that follows a journal (server-sent events).
 *
 * **Details**
 *
 * Each event has its number as its id. A purge is an event `purged` with the id 0. What ends the stream by a failure is an
 * event `problem`, without an id, so that whoever comes back goes on where it was. A comment comes at once and then after
 * each `heartbeatMs` milliseconds, so that a connection which is gone is noticed.
 */
export const serverSentEvents = (
  followed: Stream.Stream<Followed<Payload>, JournalError>,
  heartbeatMs: number
): Stream.Stream<Uint8Array> => {
  const told = followed.pipe(
    Stream.map(toldEvent),
    Stream.catch((error) => Stream.succeed(toldProblem(journalProblem(error))))
  )
  const beats = Stream.map(Stream.tick(heartbeatMs), () => ": \n\n")
  return Stream.map(Stream.merge(told, beats, { haltStrategy: "left" }), (text) => utf8.encode(text))
}
