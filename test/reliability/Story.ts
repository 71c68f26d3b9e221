import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { encodeAction, HeadCache, jsonPayload, makeJournals } from "../../core/journal/index.ts"
import type { Action, JournalError, Journals } from "../../core/journal/index.ts"
import type { NewRecord } from "../../core/log/index.ts"
import type { CommitLog, CommitLogError, JournalStore, JournalStoreError } from "../../core/ports/index.ts"
import { openLog, openStore } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { Faults } from "./Faults.ts"
import { Oracle } from "./Oracle.ts"
import type { Expected } from "./Oracle.ts"
import { startReplica } from "./Replica.ts"
import type { Replica, ReplicaOptions } from "./Replica.ts"
import { storedEvents } from "./StoredEvents.ts"
import { isFull } from "./Subject.ts"
import type { FreshStore, Subject } from "./Subject.ts"
import { makeTopic } from "./Topic.ts"
import type { TopicAdmin, TopicOptions } from "./Topic.ts"
import { until } from "./Until.ts"

/**
 * How a story begins: `brokers` are those of a Kafka of its own, instead of the one that all share. One that `continues`
 * another has its topic and its store, and connections that know nothing.
 */
export interface StoryOptions extends TopicOptions {
  readonly brokers?: ReadonlyArray<string>
  readonly continues?: Pick<Story, "topic" | "fresh" | "brokers">
}

/** What a reading gave: the events as they were read, and the last number. */
export interface Reading {
  readonly events: ReadonlyArray<Expected>
  readonly last: number | undefined
}

/** What is not wanted in any story. */
export type Trouble = Error | JournalError | JournalStoreError | CommitLogError

/**
 * A topic and a store of one's own, writers, readers and replicators of both, and someone who knows what is right.
 *
 * **Details**
 *
 * There are two readers: `warm` keeps a head cache, `cold` does not. Their store is not the replicators' connection, and
 * what goes wrong for them is ordered from `faults`, which the head cache itself is spared.
 */
export interface Story {
  readonly subject: Subject
  readonly topic: string
  readonly brokers: ReadonlyArray<string>
  readonly admin: TopicAdmin
  readonly log: CommitLog
  readonly store: JournalStore
  readonly fresh: FreshStore
  readonly faults: Faults
  readonly oracle: Oracle
  readonly warm: Journals<unknown>
  readonly cold: Journals<unknown>
  /** Another process that writes, and reads without a head cache. */
  readonly writer: (faults?: Faults) => Journals<unknown>
  /** Appends so many events as one record. */
  readonly append: (id: string, count: number) => Effect.Effect<void, JournalError>
  readonly delete: (id: string, to: number) => Effect.Effect<void, JournalError>
  readonly purge: (id: string) => Effect.Effect<void, JournalError>
  /** Writes the record of an action, whatever it says. */
  readonly put: (action: Action) => Effect.Effect<number, CommitLogError>
  readonly putRecord: (record: NewRecord, partition?: number) => Effect.Effect<number, CommitLogError>
  readonly replicator: (faults?: Faults, options?: Partial<ReplicaOptions>) => Effect.Effect<Replica, Trouble, Scope>
  /** Takes it for granted that the records of a partition before this offset were never there, if they are new. */
  readonly forget: (partition: number, before: number) => void
  /** A journal has these numbers, for both readers, and each of its events is as the log has it. */
  readonly sees: (id: string, seqNrs: ReadonlyArray<number>, last?: number | "none") => Effect.Effect<void, Trouble>
  /** The head cache has looked at the store since, whose pointer was moved by hand: until then it answers by the old one. */
  readonly noticed: Effect.Effect<void, Trouble>
  /** The store has everything that the log has. */
  readonly replicated: Effect.Effect<void, Trouble>
  /** The end of a story: a replicator that nothing happens to brings the store up to the log, and it is the log's fold. */
  readonly ends: Effect.Effect<void, Trouble>
  /** Likewise, but there may be rows of deleted events, which no reader is shown. */
  readonly endsWithLeftovers: Effect.Effect<void, Trouble>
}

/** The numbers from one to another. */
export const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)

/** One reading of a journal. */
export const readingOf = (journals: Journals<unknown>, id: string): Effect.Effect<Reading, JournalError> =>
  Effect.gen(function* () {
    const journal = journals.journal(id)
    const events = yield* Stream.runCollect(journal.read())
    const last = yield* journal.pointer
    return {
      events: events.map(({ offset, payload, seqNr }) => ({ seqNr, offset, json: JSON.stringify(payload) })),
      last
    }
  })

const pageBytes = 4 * 1024 * 1024
/** How long a replicator may take to catch up. */
const catchUpSeconds = isFull ? 3600 : 120

/** Begins a story; whatever is in it ends with the scope. */
export const beginStory = Effect.fnUntraced(function* (
  subject: Subject,
  options: StoryOptions = {}
): Effect.fn.Return<Story, Trouble, Scope> {
  const { continues, ...topicOptions } = options
  const { brokers = [service("kafka").address] } = continues ?? options
  const topic = continues?.topic ?? `story${randomBytes(6).toString("hex")}`
  const admin = yield* makeTopic(brokers, topic, topicOptions)
  const fresh = continues?.fresh ?? (yield* subject.fresh(topic))
  const log = yield* openLog({ brokers })
  const store = yield* openStore(fresh.address)
  const faults = new Faults()
  const ports = { log: faults.log(log), store: faults.store(store) }
  const cache = new Faults()
  const heads = yield* HeadCache.make({ log: cache.log(log), store: cache.store(store) })
  const base = { topic, payload: jsonPayload }
  const writer: Story["writer"] = (given = new Faults()) =>
    makeJournals({ log: given.log(log), store: given.store(store), ...base })
  const mine = writer()
  const [warm, cold] = [makeJournals({ ...ports, ...base, heads }), writer(faults)]
  const oracle = new Oracle()
  const positions = new Map<number, number>()
  let names = 0
  const catchUp = Effect.gen(function* () {
    const partitions = yield* admin.partitions
    for (let partition = 0; partition < partitions; partition++) {
      for (let offset = positions.get(partition) ?? 0; ;) {
        const page = yield* log.read({ topic, partition, offset, maxBytes: pageBytes, maxWaitMs: 0 })
        page.records.forEach((record) => oracle.take(record))
        offset = page.nextOffset
        positions.set(partition, offset)
        if (offset >= page.stableEnd) break
      }
    }
  })

  const sees: Story["sees"] = Effect.fnUntraced(function* (id, seqNrs, last = seqNrs.at(-1) ?? "none") {
    yield* catchUp
    const events = oracle.truth(id)?.events ?? []
    expect(
      events.map(({ seqNr }) => seqNr),
      `what the log says of ${id}`
    ).toEqual(seqNrs)
    const expected: Reading = { events, last: last === "none" ? undefined : last }
    expect(yield* readingOf(cold, id), `a cold reading of ${id}`).toEqual(expected)
    expect(yield* readingOf(warm, id), `a warm reading of ${id}`).toEqual(expected)
  })

  const noticed = Effect.suspend(() => {
    const looks = cache.count("pointer")
    const asked = Effect.ignore(warm.journal("nobody").pointer)
    return until(
      "the head cache looks at the pointer",
      Effect.map(asked, () => cache.count("pointer") > looks + 1)
    )
  })

  const replicated = Effect.flatMap(admin.partitions, (partitions) =>
    Effect.forEach(numbers(0, partitions - 1), (partition) =>
      Effect.gen(function* () {
        const end = yield* admin.end(partition)
        const there = Effect.map(store.pointer(topic, partition), (pointer) => (pointer ?? -1) >= end - 1)
        yield* until(`the pointer of ${topic}-${partition} comes to ${end - 1}`, there, catchUpSeconds)
        expect(yield* store.pointer(topic, partition)).toBe(end === 0 ? undefined : end - 1)
      })
    )
  )

  const isFold = (id: string, leftovers: boolean) =>
    Effect.gen(function* () {
      const truth = oracle.truth(id)
      const head = yield* store.head({ topic, id })
      const state = head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo }
      expect(state, `the head of ${id}`).toEqual(
        truth === undefined ? undefined : { seqNr: truth.seqNr, deleteTo: truth.deleteTo }
      )
      const events = yield* storedEvents(store, topic, id)
      const shown = events.filter(({ seqNr }) => !leftovers || seqNr > (head?.deleteTo ?? 0))
      expect(shown, `the events of ${id} in the store`).toEqual(truth?.events ?? [])
    })

  const replicator: Story["replicator"] = (given, more) =>
    startReplica({ brokers, topic, store: fresh.address, ...more }, given)

  const endsWith = Effect.fnUntraced(function* (leftovers: boolean) {
    yield* catchUp
    const last = yield* replicator()
    yield* replicated
    yield* last.stop
    yield* Effect.forEach(oracle.ids, (id) => isFold(id, leftovers), { concurrency: 8, discard: true })
    const existing = [...oracle.ids].filter((id) => oracle.truth(id) !== undefined).toSorted()
    expect((yield* Stream.runCollect(cold.ids)).toSorted()).toEqual(existing)
  }, Effect.scoped)

  return {
    subject,
    topic,
    brokers,
    admin,
    log,
    store,
    fresh,
    faults,
    oracle,
    warm,
    cold,
    writer,
    append: (id, count) =>
      Effect.suspend(() => {
        const [first = 0, ...rest] = Array.from({ length: count }, () => ++names)
        const eventOf = (name: number) => ({ payload: { name: `${id}/${name}` } })
        return Effect.asVoid(mine.journal(id).append([eventOf(first), ...rest.map(eventOf)]))
      }),
    delete: (id, to) => Effect.asVoid(mine.journal(id).delete(to)),
    purge: (id) => Effect.asVoid(mine.journal(id).purge),
    put: (action) => log.append({ ...Result.getOrThrow(encodeAction(action)), topic, partition: 0 }),
    putRecord: (record, partition = 0) => log.append({ ...record, topic, partition }),
    replicator,
    forget: (partition, before) => void positions.set(partition, Math.max(before, positions.get(partition) ?? 0)),
    sees,
    noticed,
    replicated,
    ends: endsWith(false),
    endsWithLeftovers: endsWith(true)
  }
})
