import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { EventRecord, JournalHead, JournalKey, Payload, RecordMetadata } from "../ports/index.ts"
import type { Append } from "./Action.ts"
import type { Event } from "./Events.ts"
import { encodeEvents } from "./EventsCodec.ts"
import type { JournalState } from "./Fold.ts"
import { JournalError } from "./JournalError.ts"
import { appendAction, journalPartition } from "./JournalPorts.ts"
import type { ActionPlace, JournalPorts } from "./JournalPorts.ts"
import type { PayloadCodec } from "./PayloadCodec.ts"
import { recover } from "./RecoveryProgram.ts"
import { isSeqNr, maxSeqNr, minSeqNr } from "./SeqNr.ts"
import type { Writer, Writers } from "./Writers.ts"

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
 * duration such as `30 days`: of a journal's appends the last one counts.
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

/** An event as it is read back, with the application's own payload; see `EventRecord` for the other fields. */
export interface JournalEvent<A> extends Omit<EventRecord, "payload" | "metadata"> {
  readonly payload: A | undefined
  /** What the writer gave as `metadata`, parsed. */
  readonly metadata: unknown
  readonly expireAfter: string | undefined
}

/** Which events to read, both ends inclusive; all of them by default. */
export interface ReadRange {
  readonly from?: number
  readonly to?: number
}

/**
 * Where a journal lives now.
 *
 * **Details**
 *
 * `mark` is the fence that was set to find out; everything up to `pointer` in the partition is replicated, and this
 * journal up to the offset in `head`. `seam` is the offset at which reading goes over from the store to the log.
 */
export interface Explanation {
  readonly key: JournalKey
  readonly partition: number
  readonly mark: number
  readonly pointer: number | undefined
  readonly seam: number
  readonly head: JournalHead | undefined
  readonly state: JournalState | undefined
  readonly events: ReadonlyArray<EventRecord & { readonly source: "store" | "log" }>
}

/**
 * One entity's events: a handle without resources of its own.
 *
 * **Details**
 *
 * Every `read` and `pointer` sees whatever was acknowledged before it began, on any node, replicated or not. The first
 * `append` recovers the last number; afterwards the process counts by itself, and recovers again after an append that
 * failed. Appends that are started one after the other are in the log in that order, also when nobody waits for the first
 * before the second is started; where one of them fails at the log, those behind it fail too.
 *
 * **Gotchas**
 *
 * A journal has one writing process at a time. Where two use one number, the first in the log wins, for every reader and every
 * replicator alike; the other event is left out and reported.
 */
export interface Journal<A> {
  readonly key: JournalKey
  /** Appends the events as one record: all of them or none. */
  readonly append: (
    events: readonly [NewEvent<A>, ...ReadonlyArray<NewEvent<A>>],
    options?: AppendOptions
  ) => Effect.Effect<Appended, JournalError>
  /** Streams the events in the order of their numbers, a page at a time as they are taken. */
  readonly read: (range?: ReadRange) => Stream.Stream<JournalEvent<A>, JournalError>
  /** The last number ever appended, also when it is deleted; `undefined` for a journal that was never written, or purged. */
  readonly pointer: Effect.Effect<number | undefined, JournalError>
  /** Deletes the events up to `to`; `undefined`, and nothing written, where there is no journal. */
  readonly delete: (to: number) => Effect.Effect<ActionPlace | undefined, JournalError>
  /** Forgets the journal: the next append begins a new one. */
  readonly purge: Effect.Effect<ActionPlace, JournalError>
  /** Tells where each event lives now. It keeps all events in memory: a tool for people. */
  readonly explain: Effect.Effect<Explanation, JournalError>
}

/**
 * What a journal is made from. `origin` is written into every record and says who wrote it; `writers` are those of the
 * topic.
 */
export interface JournalOptions<A> extends JournalPorts {
  readonly writers: Writers
  readonly key: JournalKey
  readonly payload: PayloadCodec<A>
  readonly origin: string | undefined
  readonly version: string | undefined
}

const rangeOf = (key: JournalKey, range: ReadRange): Effect.Effect<Required<ReadRange>, JournalError> => {
  const { from = minSeqNr, to = maxSeqNr } = range
  if (isSeqNr(from) && isSeqNr(to)) return Effect.succeed({ from, to })
  const message = `Cannot read events ${from} to ${to}: both must be whole numbers from 1 to ${maxSeqNr}.`
  return Effect.fail(new JournalError({ reason: "Invalid", ...key, message }))
}

const parsedMetadata = ({ header }: RecordMetadata): unknown => (header === undefined ? undefined : JSON.parse(header))

/** Opens one journal. See `makeJournals` for all journals of a topic. */
export const makeJournal = <A>(options: JournalOptions<A>): Journal<A> => {
  const { key, log, origin, payload, version, writers } = options
  const invalid = (message: string, cause?: unknown) => new JournalError({ reason: "Invalid", ...key, message, cause })

  const recovering = (from: number, to: number, events: boolean) => recover(options, { key, from, to, events, origin })

  const stateNow: Effect.Effect<JournalState | undefined, JournalError> = Effect.scoped(
    Effect.gen(function* () {
      const recovery = yield* recovering(minSeqNr, maxSeqNr, false)
      yield* Effect.catchIf(recovery.pull, Cause.isDone, () => Effect.void)
      return recovery.state().state
    })
  )

  const encodePayload = (event: NewEvent<A>, at: number) => {
    if (event.payload === undefined) return Effect.succeed(undefined)
    const encoded = payload.encode(event.payload)
    return Result.isSuccess(encoded)
      ? Effect.succeed(encoded.success)
      : Effect.fail(invalid(`The payload of event ${at + 1} of the append ${encoded.failure}; nothing was written.`))
  }

  /** The events' numbers: their own, or those after the last one. */
  const numbered = Effect.fnUntraced(function* (writer: Writer, events: ReadonlyArray<NewEvent<A>>) {
    const given = events.filter((event) => event.seqNr !== undefined)
    if (given.length === 0) {
      writer.last ??= (yield* stateNow)?.seqNr ?? 0
      const first = writer.last + 1
      if (first + events.length - 1 > maxSeqNr) return yield* invalid("The journal has no sequence numbers left.")
      return events.map((_, at) => first + at)
    }
    const numbers = given.map((event) => event.seqNr ?? 0)
    const ascending = numbers.every((seqNr, at) => isSeqNr(seqNr) && seqNr > (numbers[at - 1] ?? 0))
    if (given.length < events.length || !ascending) {
      return yield* invalid(
        `Sequence numbers are given to all events of an append or to none, ascending from 1 to ${maxSeqNr}; nothing was written.`
      )
    }
    return numbers
  })

  const system = Effect.map(Clock.currentTimeMillis, (timestamp) => ({ journalId: key.id, timestamp, origin, version }))

  const metadataText = (metadata: unknown) => {
    if (metadata === undefined) return Effect.succeed(undefined)
    return Effect.try({
      try: () => JSON.stringify(metadata) as string | undefined,
      catch: (cause) => invalid("The metadata of an append has to be a JSON value; nothing was written.", cause)
    })
  }

  /** The record of an append, its events numbered after the last one. */
  const appendRecord = Effect.fnUntraced(function* (
    writer: Writer,
    events: ReadonlyArray<NewEvent<A>>,
    payloads: ReadonlyArray<Payload | undefined>,
    { expireAfter, headers = {}, metadata }: AppendOptions
  ) {
    const headerMetadata = yield* metadataText(metadata)
    const numbers = yield* numbered(writer, events)
    const [first, ...rest] = events.map((event, at): Event => ({
      seqNr: numbers[at] ?? minSeqNr,
      tags: event.tags ?? [],
      payload: payloads[at]
    }))
    if (first === undefined) return yield* invalid("An append has at least one event.")
    const encoded = encodeEvents({ events: [first, ...rest], metadata: { expireAfter, data: undefined } })
    if (Result.isFailure(encoded)) return yield* invalid(encoded.failure.message, encoded.failure)
    const append: Append = {
      _tag: "Append",
      ...(yield* system),
      range: { from: first.seqNr, to: rest.at(-1)?.seqNr ?? first.seqNr },
      headerMetadata,
      headers: new Map(Object.entries(headers)),
      ...encoded.success
    }
    return append
  })

  /**
   * Numbers are given and appends are started one after the other, and their acknowledgements awaited together. After a
   * failure the last number is recovered again, whether or not the record is in the log, and appends that waited for
   * their turn meanwhile fail too: what is in the log is a beginning of what was started.
   */
  const appendWith = (writer: Writer, events: ReadonlyArray<NewEvent<A>>, appendOptions: AppendOptions) =>
    Effect.gen(function* () {
      const failuresBefore = writer.failures
      const start = Effect.gen(function* () {
        if (writer.failures !== failuresBefore) {
          const message =
            "The append was not written, because one that was started before it failed; append both again."
          return yield* new JournalError({ reason: "Refused", ...key, message })
        }
        const payloads = yield* Effect.forEach(events, encodePayload)
        const partition = yield* journalPartition(log, key, true)
        const action = yield* appendRecord(writer, events, payloads, appendOptions)
        writer.last = writer.last === undefined ? undefined : Math.max(writer.last, action.range.to)
        const sending = yield* Effect.forkChild(appendAction(log, key, partition, action), { startImmediately: true })
        return { sending, range: action.range }
      })
      const { range, sending } = yield* Semaphore.withPermit(writer.turn, start)
      const place = yield* Effect.onExit(Fiber.join(sending), (exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) return
          writer.last = undefined
          writer.failures++
        })
      )
      return { ...place, ...range }
    })

  const append: Journal<A>["append"] = (events, appendOptions = {}) =>
    writers.use(key.id, (writer) => appendWith(writer, events, appendOptions))

  const decoded = (event: EventRecord): Effect.Effect<JournalEvent<A>, JournalError> => {
    const { metadata, payload: raw, ...rest } = event
    const value = raw === undefined ? Result.succeed(undefined) : payload.decode(raw)
    if (Result.isSuccess(value)) {
      return Effect.succeed({
        ...rest,
        payload: value.success,
        metadata: parsedMetadata(metadata),
        expireAfter: metadata.expireAfter
      })
    }
    const { offset, partition, seqNr } = event
    const message = `The payload of event ${seqNr} of journal ${JSON.stringify(key.id)} ${value.failure}.`
    return Effect.fail(new JournalError({ reason: "Corrupt", ...key, partition, offset, message }))
  }

  const read: Journal<A>["read"] = (range = {}) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { from, to } = yield* rangeOf(key, range)
        const recovery = yield* recovering(from, to, true)
        return Stream.fromPull(Effect.succeed(recovery.pull))
      })
    ).pipe(Stream.mapEffect(decoded))

  const remove: Journal<A>["delete"] = (to) =>
    Effect.gen(function* () {
      if (!isSeqNr(to)) return yield* invalid(`Cannot delete up to ${to}: it must be a whole number from 1.`)
      const state = yield* stateNow
      if (state === undefined) return undefined
      const base = yield* system
      const partition = yield* journalPartition(log, key, false)
      return yield* appendAction(log, key, partition, { _tag: "Delete", ...base, to: Math.min(to, state.seqNr) })
    })

  const purgeWith = Effect.fnUntraced(function* (writer: Writer) {
    const base = yield* system
    writer.last = undefined
    const partition = yield* journalPartition(log, key, false)
    return yield* appendAction(log, key, partition, { _tag: "Purge", ...base })
  })
  const purge: Journal<A>["purge"] = writers.use(key.id, (writer) =>
    Semaphore.withPermit(writer.turn, purgeWith(writer))
  )

  const explain: Journal<A>["explain"] = Effect.scoped(
    Effect.gen(function* () {
      const recovery = yield* recovering(minSeqNr, maxSeqNr, true)
      const events = yield* Stream.runCollect(Stream.fromPull(Effect.succeed(recovery.pull)))
      const { config, head, mark = -1, pointer, state } = recovery.state()
      const seam = Math.max(pointer ?? -1, head?.offset ?? -1) + 1
      return {
        key,
        partition: config.partition,
        mark,
        pointer,
        seam,
        head,
        state,
        events: events.map((event) => ({
          ...event,
          source: event.offset < seam ? ("store" as const) : ("log" as const)
        }))
      }
    })
  )

  return {
    key,
    append,
    read,
    pointer: Effect.map(stateNow, (state) => state?.seqNr),
    delete: remove,
    purge,
    explain
  }
}
