import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { encodeUtf8 } from "../bytes/index.ts"
import { partitionFor } from "../log/index.ts"
import type { CommitLogError, Payload } from "../ports/index.ts"
import type { Append } from "./Action.ts"
import type { Event } from "./Events.ts"
import { encodeEvents } from "./EventsCodec.ts"
import type { Appended, AppendOptions, Journal, JournalOptions, NewEvent } from "./Journal.ts"
import { JournalError } from "./JournalError.ts"
import { appendAction } from "./JournalPorts.ts"
import type { ActionPlace } from "./JournalPorts.ts"
import { fromLogError } from "./LogFailure.ts"
import { isSeqNr, maxSeqNr, minSeqNr } from "./SeqNr.ts"
import type { SeqRange } from "./SeqNr.ts"
import type { Writer } from "./Writers.ts"

/** An append as far as it can be encoded before its numbers are known. */
interface Draft<A> {
  readonly events: ReadonlyArray<NewEvent<A>>
  readonly payloads: ReadonlyArray<Payload | undefined>
  readonly headerMetadata: string | undefined
  readonly headers: ReadonlyMap<string, string>
  readonly expireAfter: string | undefined
}

/** An append whose record is on its way. */
interface Started {
  readonly sending: Fiber.Fiber<ActionPlace, JournalError>
  readonly range: SeqRange
}

/**
 * The append of one journal; `recoverLast` answers with the last number in it, 0 for none.
 *
 * **Details**
 *
 * Numbers are given and appends are started one after the other, and their acknowledgements awaited together. After a
 * failure the last number is recovered again, whether or not the record is in the log, and appends that waited for
 * their turn meanwhile fail too: what is in the log is a beginning of what was started.
 */
export const makeAppend = <A>(
  options: JournalOptions<A>,
  recoverLast: Effect.Effect<number, JournalError>
): Journal<A>["append"] => {
  const { key, log, origin, payload, version, writers } = options
  const bytes = encodeUtf8(key.id).slice()
  const invalid = (message: string, cause?: unknown) => new JournalError({ reason: "Invalid", ...key, message, cause })
  const failedLog = (error: CommitLogError) => fromLogError(error, key)

  const payloadsOf = (events: ReadonlyArray<NewEvent<A>>): ReadonlyArray<Payload | undefined> =>
    events.map((event, at) => {
      if (event.payload === undefined) return undefined
      const encoded = payload.encode(event.payload)
      if (Result.isSuccess(encoded)) return encoded.success
      throw invalid(`The payload of event ${at + 1} of the append ${encoded.failure}; nothing was written.`)
    })

  const metadataText = (metadata: unknown): string | undefined => {
    try {
      return metadata === undefined ? undefined : JSON.stringify(metadata)
    } catch (cause) {
      throw invalid("The metadata of an append has to be a JSON value; nothing was written.", cause)
    }
  }

  /** The events' numbers: their own, or those after the last one. */
  const numbersOf = (last: number, events: ReadonlyArray<NewEvent<A>>): ReadonlyArray<number> => {
    if (!isNumbered(events)) {
      if (last + events.length > maxSeqNr) throw invalid("The journal has no sequence numbers left.")
      return events.map((_, at) => last + 1 + at)
    }
    const numbers = events.map(({ seqNr = 0 }) => seqNr)
    const ascending = numbers.every((seqNr, at) => isSeqNr(seqNr) && seqNr > (numbers[at - 1] ?? 0))
    if (ascending) return numbers
    throw invalid(
      `Sequence numbers are given to all events of an append or to none, ascending from 1 to ${maxSeqNr}; nothing was written.`
    )
  }

  const draftOf = (
    events: ReadonlyArray<NewEvent<A>>,
    { expireAfter, headers, metadata }: AppendOptions
  ): Draft<A> => ({
    events,
    payloads: payloadsOf(events),
    headerMetadata: metadataText(metadata),
    headers: headers === undefined ? noHeaders : new Map(Object.entries(headers)),
    expireAfter
  })

  /** The record of an append, its events numbered after the last one. */
  const actionOf = (last: number, timestamp: number, draft: Draft<A>): Append => {
    const { expireAfter, headerMetadata, headers, payloads } = draft
    const numbers = numbersOf(last, draft.events)
    const [first, ...rest] = draft.events.map((event, at): Event => ({
      seqNr: numbers[at] ?? minSeqNr,
      tags: event.tags ?? [],
      payload: payloads[at]
    }))
    if (first === undefined) throw invalid("An append has at least one event.")
    const encoded = encodeEvents({ events: [first, ...rest], metadata: { expireAfter, data: undefined } })
    if (Result.isFailure(encoded)) throw invalid(encoded.failure.message, encoded.failure)
    return {
      _tag: "Append",
      journalId: key.id,
      timestamp,
      origin,
      version,
      range: { from: first.seqNr, to: rest.at(-1)?.seqNr ?? first.seqNr },
      headerMetadata,
      headers,
      ...encoded.success
    }
  }

  const start = (writer: Writer, count: number, draft: Draft<A>): Effect.Effect<Started, JournalError> =>
    Clock.clockWith((clock) => {
      const encoded = encoding(() => actionOf(writer.last ?? 0, clock.currentTimeMillisUnsafe(), draft))
      if (Result.isFailure(encoded)) return Effect.fail(encoded.failure)
      const { range } = encoded.success
      if (writer.last !== undefined) writer.last = Math.max(writer.last, range.to)
      const appending = appendAction(log, key, partitionFor(bytes, count), encoded.success)
      return Effect.map(Effect.forkChild(appending, { startImmediately: true }), (sending) => ({ sending, range }))
    })

  /** Ends when the append has been started, after those that were called before it. */
  const inTurn = (
    writer: Writer,
    events: ReadonlyArray<NewEvent<A>>,
    appendOptions: AppendOptions
  ): Effect.Effect<Started, JournalError> => {
    const failuresBefore = writer.failures
    const starting = Effect.suspend(() => {
      if (writer.failures !== failuresBefore) {
        const message = "The append was not written, because one that was started before it failed; append both again."
        return Effect.fail(new JournalError({ reason: "Refused", ...key, message }))
      }
      const drafted = encoding(() => draftOf(events, appendOptions))
      if (Result.isFailure(drafted)) return Effect.fail(drafted.failure)
      const draft = drafted.success
      return Effect.flatMap(Effect.mapError(log.partitions(key.topic, { create: true }), failedLog), (count) =>
        writer.last !== undefined || isNumbered(events)
          ? start(writer, count, draft)
          : Effect.flatMap(recoverLast, (last) => {
              writer.last = last
              return start(writer, count, draft)
            })
      )
    })
    return Semaphore.withPermit(writer.turn, starting)
  }

  return (events, appendOptions = noOptions) =>
    Effect.suspend(() => {
      const writer = writers.take(key.id)
      let isSending = false
      const appended = Effect.flatMap(inTurn(writer, events, appendOptions), ({ range, sending }) => {
        isSending = true
        return Effect.map(Fiber.join(sending), (place): Appended => ({ ...place, ...range }))
      })
      return Effect.onExit(appended, (exit) => {
        if (isSending && Exit.isFailure(exit)) {
          writer.last = undefined
          writer.failures++
        }
        writers.give(key.id)
        return Effect.void
      })
    })
}

const noHeaders: ReadonlyMap<string, string> = new Map()
const noOptions: AppendOptions = {}

const isNumbered = (events: ReadonlyArray<NewEvent<unknown>>): boolean =>
  events.some(({ seqNr }) => seqNr !== undefined)

/** Runs an encoder that throws `JournalError`. */
const encoding = <A>(encode: () => A): Result.Result<A, JournalError> => {
  try {
    return Result.succeed(encode())
  } catch (error) {
    if (error instanceof JournalError) return Result.fail(error)
    throw error
  }
}
