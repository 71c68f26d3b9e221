import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { EventRecord, JournalHead, JournalKey } from "../ports/index.ts"
import { judgeExpiry, wrongExpiryDate } from "./model/Expiry.ts"
import type { KeptReason } from "./model/Expiry.ts"
import type { JournalState } from "./fold/Fold.ts"
import { makeAppend } from "./JournalAppend.ts"
import type { AppendEvents, Appender } from "./JournalAppend.ts"
import { JournalError } from "./model/JournalError.ts"
import { journalEvents } from "./read/JournalEvents.ts"
import type { JournalEvent } from "./read/JournalEvents.ts"
import { followJournal } from "./read/JournalFollow.ts"
import type { Followed } from "./read/JournalFollow.ts"
import { appendAction, journalPartition } from "./ports/JournalPorts.ts"
import type { ActionPlace } from "./ports/JournalPorts.ts"
import { recover } from "./read/RecoveryProgram.ts"
import type { RecoveryPorts, RecoveryPurpose } from "./read/RecoveryProgram.ts"
import { wrongRange } from "./model/ReadRange.ts"
import type { ReadRange } from "./model/ReadRange.ts"
import { isSeqNr, maxSeqNr, minSeqNr } from "./model/SeqNr.ts"
import { inTurn } from "./Writers.ts"
import type { Writer } from "./Writers.ts"
import { longId, wrongNames } from "./WrongTexts.ts"

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

/** What became of a journal that was to be purged because it had expired. */
export type ExpiryOutcome =
  | { readonly _tag: "Purged"; readonly place: ActionPlace }
  | { readonly _tag: "Kept"; readonly why: KeptReason }

/**
 * One entity's events: a handle without resources of its own.
 *
 * **Details**
 *
 * An id is well-formed Unicode, as are tags, headers and payloads that are text: with another text an operation fails with
 * `Invalid`. To be appended to, an id has at most 65 535 bytes in UTF-8 (`maxIdBytes`).
 *
 * Every `read` and `pointer` sees whatever was acknowledged before it began, on any node, replicated or not. The first
 * `append` recovers the last number; afterwards the process counts by itself, and recovers again after an append that
 * failed. Appends that are started one after the other are in the log in that order, also when nobody waits for the first
 * before the second is started; where one of them fails at the log, those behind it fail too.
 *
 * A topic that does not exist yet is created where the brokers allow it, also by `read` and `pointer`, which write a mark;
 * where they do not, and where a journal is purged, what was asked for fails with `Refused`.
 *
 * Before the first answer that depends on the store, and before a mark or a purge is written, the journal's partition is
 * compared with the store: where that was filled from another log, what was asked for fails with `Store`, or with `Lost`
 * where the log ends before the store's pointer, and nothing is written. Only an append whose events have their numbers
 * already asks nothing of the store.
 *
 * **Gotchas**
 *
 * A journal has one writing process at a time. Where two use one number, the first in the log wins, for every reader and every
 * replicator alike; the other event is left out and reported.
 */
export interface Journal<A> {
  readonly key: JournalKey
  /** Appends the events as one record: all of them or none. */
  readonly append: AppendEvents<A>
  /** Streams the events in the order of their numbers, a page at a time as they are taken. */
  readonly read: (range?: ReadRange) => Stream.Stream<JournalEvent<A>, JournalError>
  /**
   * Streams the events from a number on (1), and then those that are appended, for ever; tells where the journal is purged
   * meanwhile, or was since, when the last number is below `from - 1`.
   */
  readonly follow: (from?: number) => Stream.Stream<Followed<A>, JournalError>
  /** The last number ever appended, also when it is deleted; `undefined` for a journal that was never written, or purged. */
  readonly pointer: Effect.Effect<number | undefined, JournalError>
  /** Deletes the events up to `to`; `undefined`, and nothing written, where there is no journal. */
  readonly delete: (to: number) => Effect.Effect<ActionPlace | undefined, JournalError>
  /** Forgets the journal: the next append begins a new one. */
  readonly purge: Effect.Effect<ActionPlace, JournalError>
  /**
   * Forgets the journal if it has expired on this UTC date or before, such as `2026-11-21`, today at the latest; looks at
   * the store and the log first. An append by another process that comes between the look and the purge is forgotten with it.
   */
  readonly purgeExpired: (onOrBefore: string) => Effect.Effect<ExpiryOutcome, JournalError>
  /** Tells where each event lives now. It keeps all events in memory: a tool for people. */
  readonly explain: Effect.Effect<Explanation, JournalError>
}

/** What a journal is made from. */
export interface JournalOptions<A> extends RecoveryPorts, Appender<A> {}

const rangeOf = (key: JournalKey, range: ReadRange): Effect.Effect<Required<ReadRange>, JournalError> => {
  const { from = minSeqNr, to = maxSeqNr } = range
  const wrong = wrongRange(key, { from, to })
  return wrong === undefined ? Effect.succeed({ from, to }) : Effect.fail(wrong)
}

/** A journal of which nothing can be asked. */
const refusing = <A>(key: JournalKey, error: JournalError): Journal<A> => {
  const fail = Effect.fail(error)
  return {
    key,
    append: () => fail,
    read: () => Stream.fromEffect(fail),
    follow: () => Stream.fromEffect(fail),
    pointer: fail,
    delete: () => fail,
    purge: fail,
    purgeExpired: () => fail,
    explain: fail
  }
}

/** Opens one journal. See `makeJournals` for all journals of a topic. */
export const makeJournal = <A>(options: JournalOptions<A>): Journal<A> => {
  const { key, log, origin, payload, trusts, version, writers } = options
  const misnamed = wrongNames(key, origin, version)
  if (misnamed !== undefined) return refusing(key, misnamed)
  const long = longId(key)
  const invalid = (message: string, cause?: unknown) => new JournalError({ reason: "Invalid", ...key, message, cause })

  const stateFor = (purpose: RecoveryPurpose): Effect.Effect<JournalState | undefined, JournalError> =>
    Effect.scoped(
      Effect.gen(function* () {
        const recovery = yield* recover(options, { purpose, key, from: minSeqNr, to: maxSeqNr, events: false, origin })
        yield* Effect.catchIf(recovery.pull, Cause.isDone, () => Effect.void)
        return recovery.state().state
      })
    )

  const system = Effect.map(Clock.currentTimeMillis, (timestamp) => ({ journalId: key.id, timestamp, origin, version }))

  const append: Journal<A>["append"] =
    long === undefined
      ? makeAppend(
          options,
          Effect.map(stateFor("append"), (state) => state?.seqNr ?? 0)
        )
      : () => Effect.fail(long)

  const read: Journal<A>["read"] = (range = {}) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { from, to } = yield* rangeOf(key, range)
        const recovery = yield* recover(options, { purpose: "read", key, from, to, events: true, origin })
        return Stream.fromPull(Effect.succeed(journalEvents(key, payload, recovery.pull)))
      })
    )

  const follow: Journal<A>["follow"] = (from = minSeqNr) =>
    Stream.unwrap(Effect.map(rangeOf(key, { from }), () => followJournal(options, from)))

  const remove: Journal<A>["delete"] = (to) =>
    Effect.gen(function* () {
      if (!isSeqNr(to)) {
        return yield* invalid(`Cannot delete up to ${to}: it must be a whole number from 1 to ${maxSeqNr}.`)
      }
      const state = yield* stateFor("delete")
      if (state === undefined) return undefined
      const base = yield* system
      const partition = yield* journalPartition(log, key, false)
      return yield* appendAction(log, key, partition, { _tag: "Delete", ...base, to: Math.min(to, state.seqNr) })
    })

  const purgeWith = Effect.fnUntraced(function* (writer: Writer) {
    const base = yield* system
    writer.last = undefined
    const partition = yield* journalPartition(log, key, false)
    yield* trusts.ask(partition, key.id)
    return yield* appendAction(log, key, partition, { _tag: "Purge", ...base })
  })
  const purge: Journal<A>["purge"] = writers.use(key.id, (writer) => inTurn(writer, purgeWith(writer)))

  /** The store and the log's tail, up to a mark; the head cache knows nothing of when a journal expires. */
  const lookingAtExpiry = Effect.scoped(
    Effect.gen(function* () {
      const nothing = { purpose: "purge" as const, key, from: minSeqNr, to: maxSeqNr, events: false, origin }
      const recovery = yield* recover({ ...options, heads: undefined }, nothing)
      yield* Effect.catchIf(recovery.pull, Cause.isDone, () => Effect.void)
      return recovery.state()
    })
  )

  const purgeExpired: Journal<A>["purgeExpired"] = (onOrBefore) =>
    writers.use(key.id, (writer) =>
      inTurn(
        writer,
        Effect.gen(function* () {
          const wrong = wrongExpiryDate(onOrBefore, yield* Clock.currentTimeMillis)
          if (wrong !== undefined) return yield* invalid(wrong)
          const verdict = judgeExpiry(yield* lookingAtExpiry, onOrBefore)
          if (verdict !== "Expired") return { _tag: "Kept", why: verdict } as const
          return { _tag: "Purged", place: yield* purgeWith(writer) } as const
        })
      )
    )

  const explain: Journal<A>["explain"] = Effect.scoped(
    Effect.gen(function* () {
      // The pointer is a part of the explanation, so that the head cache does not take its place.
      const everything = { purpose: "read" as const, key, from: minSeqNr, to: maxSeqNr, events: true, origin }
      const recovery = yield* recover({ ...options, heads: undefined }, everything)
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
    follow,
    pointer: Effect.map(stateFor("read"), (state) => state?.seqNr),
    delete: remove,
    purge,
    purgeExpired,
    explain
  }
}
