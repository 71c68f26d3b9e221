import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { encodeUtf8 } from "../bytes/index.ts"
import { partitionFor } from "../log/index.ts"
import type { CommitLog, CommitLogError, JournalKey, Payload } from "../ports/index.ts"
import type { Append } from "./model/Action.ts"
import type { Event } from "./model/Events.ts"
import { encodeEvents } from "./codec/EventsCodec.ts"
import { wrongExpireAfter } from "./model/ExpireAfter.ts"
import { JournalError } from "./model/JournalError.ts"
import { actionRequest } from "./ports/JournalPorts.ts"
import type { ActionPlace } from "./ports/JournalPorts.ts"
import { fromLogError } from "./ports/LogFailure.ts"
import { movedJournal } from "./ports/MovedJournal.ts"
import { isTooDeep } from "./codec/JsonDepth.ts"
import type { PayloadCodec } from "./codec/PayloadCodec.ts"
import { isSeqNr, maxSeqNr, minSeqNr } from "./model/SeqNr.ts"
import { inTurn } from "./Writers.ts"
import type { Writer, Writers } from "./Writers.ts"
import { wrongTextIn } from "./WrongTexts.ts"

/**
 * An event to append.
 *
 * **Details**
 *
 * Without `seqNr` the journal numbers it. Numbers are given to all events of an append or to none, ascending.
 */
export interface NewEvent<A> {
  readonly payload?: A
  readonly tags?: ReadonlyArray<string>
  readonly seqNr?: number
}

/**
 * What goes with the record of an append.
 *
 * **Details**
 *
 * `metadata` is any JSON value and travels in the record's header, `headers` are the record's own. `expireAfter` is a
 * duration such as `30 days`: of a journal's appends the last one counts. `0 days` and negative ones are allowed, as by
 * kafka-journal: the journal expires on the day of the append, or before it.
 */
export interface AppendOptions {
  readonly metadata?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly expireAfter?: string
}

/** Where an append is in the log, and which numbers its events have. */
export interface Appended extends ActionPlace {
  readonly from: number
  readonly to: number
}

/** Appends events to one journal as one record: all of them or none. */
export type AppendEvents<A> = (
  events: readonly [NewEvent<A>, ...ReadonlyArray<NewEvent<A>>],
  options?: AppendOptions
) => Effect.Effect<Appended, JournalError>

/**
 * What an append needs. `origin` is written into every record and says who wrote it, `version` with which program;
 * `writers` are those of the topic.
 */
export interface Appender<A> {
  readonly log: CommitLog
  readonly writers: Writers
  readonly key: JournalKey
  readonly payload: PayloadCodec<A>
  readonly origin: string | undefined
  readonly version: string | undefined
}

/** An append as far as it can be encoded before its numbers are known. */
interface Draft<A> {
  readonly events: ReadonlyArray<NewEvent<A>>
  readonly payloads: ReadonlyArray<Payload | undefined>
  readonly headerMetadata: string | undefined
  readonly headers: ReadonlyMap<string, string>
  readonly expireAfter: string | undefined
}

/** How long an append goes by what the log has said of its partitions, in milliseconds. */
const askAgainMs = 1000

/**
 * The append of one journal; `recoverLast` answers with the last number in it, 0 for none.
 *
 * **Details**
 *
 * Numbers are given and appends are started one after the other, and their acknowledgements awaited together. After a
 * failure the last number is recovered again, whether or not the record is in the log, and appends that waited for
 * their turn meanwhile fail too: what is in the log is a beginning of what was started. An append that knows all that it
 * needs, and before which nobody waits, takes no turn: it is encoded and started without a pause.
 */
export const makeAppend = <A>(
  options: Appender<A>,
  recoverLast: Effect.Effect<number, JournalError>
): AppendEvents<A> => {
  const { key, log, origin, payload, version, writers } = options
  const bytes = encodeUtf8(key.id).slice()
  const invalid = (message: string, cause?: unknown) => new JournalError({ reason: "Invalid", ...key, message, cause })
  let place: { readonly partition: number; readonly since: number } | undefined
  const failedLog = (error: CommitLogError) => fromLogError(error, key)

  const payloadOf = ({ payload: value }: NewEvent<A>, at: number): Payload | undefined => {
    if (value === undefined) return undefined
    const encoded = payload.encode(value)
    if (Result.isSuccess(encoded)) return encoded.success
    throw invalid(`The payload of event ${at + 1} of the append ${encoded.failure}; nothing was written.`)
  }

  const metadataText = (metadata: unknown): string | undefined => {
    try {
      return metadata === undefined ? undefined : JSON.stringify(metadata)
    } catch (cause) {
      const wrong = isTooDeep(cause) ? "is nested too deep to be written as JSON" : "has to be a JSON value"
      throw invalid(`The metadata of an append ${wrong}; nothing was written.`, cause)
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
    { expireAfter, headers: named, metadata }: AppendOptions
  ): Draft<A> => {
    const payloads = events.map(payloadOf)
    const headers = named === undefined ? noHeaders : new Map(Object.entries(named))
    const wrong = wrongTextIn(events, payloads, headers)
    if (wrong !== undefined) throw invalid(`The ${wrong}; nothing was written.`)
    return { events, payloads, headerMetadata: metadataText(metadata), headers, expireAfter }
  }

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
    if (Result.isFailure(encoded)) {
      const wrong = expireAfter === undefined ? undefined : wrongExpireAfter(expireAfter)
      const said =
        wrong === undefined ? encoded.failure.message : `The expireAfter of an append ${wrong}; nothing was written.`
      throw invalid(said, encoded.failure)
    }
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

  /** Encodes an append and starts it at once. Whatever becomes of it, the writer's books are right when it has ended. */
  const begin = (
    writer: Writer,
    partition: number,
    draft: Draft<A>,
    now: number,
    context: Context.Context<never>
  ): Effect.Effect<Appended, JournalError> => {
    const action = encoding(() => actionOf(writer.last ?? 0, now, draft))
    if (Result.isFailure(action)) return Effect.fail(action.failure)
    const request = actionRequest(key, partition, action.success)
    if (Result.isFailure(request)) return Effect.fail(request.failure)
    const { from, to } = action.success.range
    if (writer.last !== undefined) writer.last = Math.max(writer.last, to)
    writers.take(key.id)
    const sending = Effect.runForkWith(context)(log.append(request.success))
    sending.addObserver((exit) => {
      writers.give(key.id)
      if (Exit.isSuccess(exit)) return
      writer.last = undefined
      writer.failures++
    })
    return Effect.callback((resume) => {
      sending.addObserver((exit) => {
        if (Exit.isSuccess(exit)) return resume(Exit.succeed({ partition, offset: exit.value, from, to }))
        const failed = Effect.failCause(exit.cause)
        resume(Effect.mapError(failed, (error) => fromLogError(error, { ...key, partition })))
      })
      return Fiber.interrupt(sending)
    })
  }

  /** Finds out what an append needs to know, when its turn has come, and starts it; ends with the wait for it. */
  const beginInTurn = (
    events: ReadonlyArray<NewEvent<A>>,
    appendOptions: AppendOptions,
    clock: Clock.Clock,
    context: Context.Context<never>
  ): Effect.Effect<Effect.Effect<Appended, JournalError>, JournalError> =>
    writers.use(key.id, (writer) => {
      const failuresBefore = writer.failures
      const starting = Effect.suspend(() => {
        if (writer.failures !== failuresBefore) {
          const message =
            "The append was not written, because one that was started before it failed; append both again."
          return Effect.fail(new JournalError({ reason: "Refused", ...key, message }))
        }
        const drafted = encoding(() => draftOf(events, appendOptions))
        if (Result.isFailure(drafted)) return Effect.fail(drafted.failure)
        return Effect.flatMap(Effect.mapError(log.partitions(key.topic, { create: true }), failedLog), (count) => {
          const partition = partitionFor(bytes, count)
          if (place !== undefined && place.partition !== partition) {
            return Effect.fail(movedJournal(key, place.partition, partition))
          }
          place = { partition, since: clock.currentTimeMillisUnsafe() }
          if (writer.last !== undefined || isNumbered(events)) {
            return Effect.sync(() =>
              begin(writer, partition, drafted.success, clock.currentTimeMillisUnsafe(), context)
            )
          }
          return Effect.map(recoverLast, (last) => {
            writer.last = last
            return begin(writer, partition, drafted.success, clock.currentTimeMillisUnsafe(), context)
          })
        })
      })
      return inTurn(writer, starting)
    })

  /** The partition, as long as the log need not be asked again. */
  const knownPartition = (now: number): number | undefined =>
    place !== undefined && now >= place.since && now - place.since < askAgainMs ? place.partition : undefined

  return (events, appendOptions = noOptions) =>
    Effect.withFiber((fiber) => {
      const { context } = fiber
      const clock = fiber.getRef(Clock.Clock)
      const writer = writers.known(key.id)
      const now = clock.currentTimeMillisUnsafe()
      const partition = knownPartition(now)
      const mayBegin = writer !== undefined && writer.queued === 0 && (writer.last !== undefined || isNumbered(events))
      if (!mayBegin || partition === undefined) {
        return Effect.flatten(beginInTurn(events, appendOptions, clock, context))
      }
      const drafted = encoding(() => draftOf(events, appendOptions))
      if (Result.isFailure(drafted)) return Effect.fail(drafted.failure)
      return begin(writer, partition, drafted.success, now, context)
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
