import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { HeadCache, jsonPayload, makeJournals, replicate } from "../../../../core/journal/index.ts"
import type { TailAnswer } from "../../../../core/journal/index.ts"
import { CommitLogError } from "../../../../core/ports/index.ts"
import type { CommitLog, JournalStore, ReadRequest } from "../../../../core/ports/index.ts"
import { recordOf } from "../../../../core/scenarios/journal/JournalModel.ts"
import type { Deed } from "../../../../core/scenarios/journal/JournalModel.ts"
import { logEnd, memoryWorld, numbers, openJournal, read, seqNrs, sync } from "../JournalWorld.ts"

const topic = "orders"
const key = { topic, id: "order-1" }

const append = (log: CommitLog, deed: Deed, id = key.id) =>
  log.append({ topic, partition: 0, ...recordOf(id, deed, "1") })

/** What a known answer says: how far it was read, the tail's first offset, and the state that it makes of nothing. */
const summary = (answer: TailAnswer) =>
  answer._tag === "Unknown" ? answer.why : { to: answer.to, first: answer.tail?.first, alone: answer.tail?.alone }

const down = new CommitLogError({ operation: "read", reason: "Unreachable", message: "The log is down." })

/** A log that tells every read before it does it, and how many are under way. */
const watched = (log: CommitLog, onRead: (request: ReadRequest) => Effect.Effect<void, CommitLogError>) => {
  const seen = { underWay: 0, most: 0, offsets: [] as Array<number> }
  const read: CommitLog["read"] = (request) =>
    Effect.suspend(() => {
      seen.offsets.push(request.offset)
      seen.most = Math.max(seen.most, ++seen.underWay)
      return Effect.andThen(onRead(request), log.read(request))
    }).pipe(Effect.ensuring(Effect.sync(() => seen.underWay--)))
  return { seen, log: { ...log, read } }
}

const isFollowing = ({ maxWaitMs }: ReadRequest): boolean => maxWaitMs > 0

describe("a head cache", () => {
  it.live("56. reads the log once from its beginning, and lets go of it at the end", () =>
    Effect.gen(function* () {
      const { log: inner, store } = memoryWorld()
      const { log, seen } = watched(inner, () => Effect.void)
      for (const seqNr of numbers(1, 11)) yield* append(inner, { _tag: "Append", seqNrs: [seqNr] })
      const scope = yield* Scope.make()
      const heads = yield* Scope.provide(HeadCache.make({ log, store }), scope)
      expect(summary(yield* heads.get(key, 0, 11))).toEqual({ to: 11, first: 0, alone: { seqNr: 11, deleteTo: 0 } })
      expect(seen.offsets.filter((offset) => offset === 0)).toHaveLength(1)
      yield* Scope.close(scope, Exit.void)
      expect(seen.underWay).toBe(0)
    })
  )

  it.live("57. has no tail where the store has everything", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* append(world.log, { _tag: "Append", seqNrs: [1] })
      yield* sync(world, topic)
      const heads = yield* HeadCache.make(world)
      expect(summary(yield* heads.get(key, 0, 1))).toEqual({ to: 1, first: undefined, alone: undefined })
    })
  )

  it.live("58. answers once the mark itself has come", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const following = yield* Deferred.make<void>()
      const { log } = watched(world.log, () => Deferred.succeed(following, undefined))
      const heads = yield* HeadCache.make({ ...world, log })
      const asked = yield* Effect.forkChild(heads.get(key, 0, 1))
      yield* Deferred.await(following)
      yield* append(world.log, { _tag: "Mark" })
      expect(summary(yield* Fiber.join(asked))).toEqual({ to: 1, first: undefined, alone: undefined })
    })
  )

  it.live("59. goes on after a failed read where it was, and answers with all of it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      let fails = false
      const { log, seen } = watched(world.log, () => {
        const now = fails
        fails = false
        return now ? Effect.fail(down) : Effect.void
      })
      const heads = yield* HeadCache.make({ ...world, log })
      yield* append(world.log, { _tag: "Append", seqNrs: [1] })
      yield* heads.get(key, 0, 1)
      fails = true
      yield* append(world.log, { _tag: "Append", seqNrs: [2] })
      yield* append(world.log, { _tag: "Delete", to: 1 })
      expect(summary(yield* heads.get(key, 0, 3))).toEqual({ to: 3, first: 0, alone: { seqNr: 2, deleteTo: 1 } })
      expect(seen.offsets.filter((offset) => offset === 0)).toHaveLength(1)
      expect(fails).toBe(false)
    })
  )

  it.live("60. says that it does not know where nothing arrives in time", () =>
    Effect.gen(function* () {
      const heads = yield* HeadCache.make({ ...memoryWorld(), timeoutMs: 20 })
      expect(summary(yield* heads.get(key, 0, 5))).toBe("timeout")
    })
  )

  it.live("61. tells whoever waits, and whoever comes later, that it is closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const world = memoryWorld()
      const following = yield* Deferred.make<void>()
      const { log } = watched(world.log, () => Deferred.succeed(following, undefined))
      const heads = yield* Scope.provide(HeadCache.make({ ...world, log, timeoutMs: 60_000 }), scope)
      const asked = yield* Effect.forkChild(heads.get(key, 0, 5), { startImmediately: true })
      yield* Deferred.await(following)
      yield* Scope.close(scope, Exit.void)
      expect(summary(yield* Fiber.join(asked))).toBe("closed")
      expect(summary(yield* heads.get(key, 0, 0))).toBe("closed")
      expect(summary(yield* heads.get({ ...key, topic: "others" }, 0, 0))).toBe("closed")
    })
  )

  it.live("follows a partition once for all who ask at the same time", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* append(world.log, { _tag: "Append", seqNrs: [1] })
      const { log, seen } = watched(world.log, () => Effect.void)
      const heads = yield* HeadCache.make({ ...world, log })
      const answers = yield* Effect.all(
        numbers(1, 200).map(() => heads.get(key, 0, 1)),
        { concurrency: "unbounded" }
      )
      expect(new Set(answers.map((answer) => JSON.stringify(summary(answer)))).size).toBe(1)
      expect(seen.offsets.filter((offset) => offset === 0)).toHaveLength(1)
    })
  )

  it.live("lets go of a partition that nobody asks about, and takes it up again for the next one", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* append(world.log, { _tag: "Append", seqNrs: [1] })
      const idle = yield* Deferred.make<void>()
      let follows = 0
      const { log, seen } = watched(world.log, (request) =>
        isFollowing(request) && request.offset === 1 && ++follows === 1
          ? Effect.onInterrupt(Effect.never, () => Deferred.succeed(idle, undefined))
          : Effect.void
      )
      const heads = yield* HeadCache.make({ ...world, log, expiryMs: 20 })
      yield* heads.get(key, 0, 1)
      yield* Deferred.await(idle)
      expect(yield* heads.describe).toBe("")
      expect(summary(yield* heads.get(key, 0, 1))).toMatchObject({ to: 1, first: 0 })
      expect(seen.offsets.filter((offset) => offset === 0)).toHaveLength(2)
    })
  )

  it.live("asks for an id as the record's key has it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      yield* append(world.log, { _tag: "Append", seqNrs: [1] }, "half \ud800")
      const heads = yield* HeadCache.make(world)
      expect(summary(yield* heads.get({ topic, id: "half \ud800" }, 0, 1))).toMatchObject({ first: 0 })
    })
  )

  it.live("counts its answers by topic and result", () =>
    Effect.gen(function* () {
      const heads = yield* HeadCache.make({ ...memoryWorld(), timeoutMs: 20 })
      const counted = (result: string) =>
        Effect.map(
          Metric.value(
            Metric.withAttributes(
              Metric.counter("journal_headcache_get", {
                description: "Answers of the head cache to recoveries, by result",
                incremental: true
              }),
              { topic: "counted", result }
            )
          ),
          ({ count }) => count
        )
      for (const mark of [0, 0, 9]) yield* heads.get({ topic: "counted", id: "a" }, 0, mark)
      expect([yield* counted("value"), yield* counted("timeout")]).toEqual([2, 1])
    })
  )

  it.live("lets go of what a replicator in the same process has stored, and does not wait for the pointer", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      let pointers = 0
      const store: JournalStore = {
        ...world.store,
        pointer: (of, partition) => Effect.suspend(() => ((pointers += 1), world.store.pointer(of, partition)))
      }
      for (const seqNr of numbers(1, 3)) yield* append(world.log, { _tag: "Append", seqNrs: [seqNr] })
      const heads = yield* HeadCache.make({ ...world, store, pointerMs: 3_600_000, idlePointerMs: 3_600_000 })
      expect(summary(yield* heads.get(key, 0, 2))).toMatchObject({ first: 0 })
      yield* replicate({ ...world, topics: [topic], heads })
      while ((yield* heads.describe).includes(key.id)) yield* Effect.sleep(1)
      expect(summary(yield* heads.get(key, 0, 2))).toMatchObject({ first: undefined, alone: undefined })
      expect(pointers).toBe(1)
      yield* append(world.log, { _tag: "Append", seqNrs: [4] })
      expect(yield* seqNrs(openJournal({ ...world, heads }, topic))).toEqual([1, 2, 3, 4])
    })
  )
})

describe("journals with a head cache", () => {
  /** A journal of two events that are in the store, with another journal's in the tail, and a reader of it. */
  const replicated = Effect.gen(function* () {
    const world = memoryWorld()
    const writer = openJournal(world, topic)
    yield* writer.append([{ payload: 1 }, { payload: 2 }])
    yield* sync(world, topic)
    yield* openJournal(world, topic, "other").append([{ payload: 3 }])
    const heads = yield* HeadCache.make(world)
    const { log, seen } = watched(world.log, () => Effect.void)
    const reader = openJournal({ ...world, log: { ...world.log, ...log }, heads }, topic)
    // The first read compares the store with the log.
    yield* reader.pointer
    const compared = seen.offsets.length
    return { writer, own: () => seen.offsets.slice(compared), reader }
  })

  it.live("read no log where the store has everything of the journal, whatever others have in the tail", () =>
    Effect.gen(function* () {
      const { own, reader } = yield* replicated
      expect(yield* seqNrs(reader)).toEqual([1, 2])
      expect(own()).toEqual([])
    })
  )

  it.live("read the log's tail once, from the journal's first action in it, and not at all for the pointer", () =>
    Effect.gen(function* () {
      const { own, reader, writer } = yield* replicated
      const { offset } = yield* writer.append([{ payload: 3 }])
      expect(yield* seqNrs(reader)).toEqual([1, 2, 3])
      expect(own()).toEqual([offset])
      expect(yield* reader.pointer).toBe(3)
      expect(own()).toEqual([offset])
    })
  )

  it.live("H1: ask the store for nothing after a purge that is not replicated", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const writer = openJournal(world, topic)
      yield* writer.append([{ payload: "old" }, { payload: "old" }])
      yield* sync(world, topic)
      yield* writer.purge
      yield* writer.append([{ payload: "new" }])
      const heads = yield* HeadCache.make(world)
      let isCompared = false
      const head: JournalStore["head"] = (of) => (isCompared ? Effect.die("asked") : world.store.head(of))
      const store = { ...world.store, head, events: () => Effect.die("asked") }
      const journal = openJournal({ ...world, store, heads }, topic)
      yield* journal.pointer
      isCompared = true
      const events = yield* read(journal)
      expect(events.map(({ payload }) => payload)).toEqual(["new"])
    })
  )
})

describe("journals with a head cache where something is wrong", () => {
  it.live("tell who reads a journal with a record that cannot be read where it is, and nobody else of it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const heads = yield* HeadCache.make(world)
      const header = { name: "journal.action", value: encodeUtf8("{") }
      const bad = { timestamp: 0, key: encodeUtf8("bad"), value: null, headers: [header] }
      const offset = yield* world.log.append({ topic, partition: 0, ...bad })
      const journal = openJournal({ ...world, heads }, topic)
      yield* journal.append([{ payload: 1 }])
      expect(yield* seqNrs(journal)).toEqual([1])
      const error = yield* Effect.flip(seqNrs(openJournal({ ...world, heads }, topic, "bad")))
      expect(error).toMatchObject({ reason: "Corrupt", id: "bad", partition: 0, offset })
      const end = yield* logEnd(world.log, topic)
      expect(summary(yield* heads.get(key, 0, end))).toMatchObject({ to: end, alone: { seqNr: 1 } })
      expect(summary(yield* heads.get({ topic, id: "bad" }, 0, end))).toBe("poisoned")
    })
  )

  it.live("read on while the cache cannot, and people are told once of it", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(String(message))
      })
      const fails = yield* Deferred.make<void>()
      let failures = 0
      const { log } = watched(world.log, () =>
        ++failures < 5 ? Effect.fail(down) : Effect.andThen(Deferred.succeed(fails, undefined), Effect.fail(down))
      )
      const heads = yield* Effect.provide(HeadCache.make({ ...world, log, timeoutMs: 20 }), Logger.layer([logger]))
      const journal = openJournal({ ...world, heads }, topic)
      yield* journal.append([{ payload: 1 }])
      expect(yield* seqNrs(journal)).toEqual([1])
      yield* Deferred.await(fails)
      expect(lines).toEqual([
        "The head cache of orders-0 waits, and recoveries read the log meanwhile: The log is down."
      ])
    })
  )
})

describe("a head cache that ends by a defect", () => {
  /** A head cache whose first question to the store ends by a defect, and what people are told. */
  const defective = Effect.gen(function* () {
    const world = memoryWorld()
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push(String(message))
    })
    let asked = 0
    const store: JournalStore = {
      ...world.store,
      pointer: (of, partition) => (++asked === 1 ? Effect.die("odd") : world.store.pointer(of, partition))
    }
    const made = HeadCache.make({ ...world, store, timeoutMs: 60_000 })
    return { ...world, heads: yield* Effect.provide(made, Logger.layer([logger])), lines }
  })

  it.live("fails no read, says so, and begins again for the next one who asks", () =>
    Effect.gen(function* () {
      const { heads, lines, log, store } = yield* defective
      const journal = openJournal({ log, store, heads }, topic)
      yield* append(log, { _tag: "Append", seqNrs: [1] })
      expect(yield* journal.pointer).toBe(1)
      expect(lines[0]).toMatch(/^The head cache of orders-0 has ended by a defect of odradek.*odd/)
      expect(summary(yield* heads.get(key, 0, 1))).toMatchObject({ first: 0 })
    })
  )

  it.live("tells all who wait at once that it knows nothing", () =>
    Effect.gen(function* () {
      const { heads } = yield* defective
      const answers = yield* Effect.all([heads.get(key, 0, 5), heads.get({ ...key, id: "other" }, 0, 6)], {
        concurrency: "unbounded"
      })
      expect(answers.map(summary)).toEqual(["closed", "closed"])
    })
  )
})

describe("the reads of the log that recoveries have under way", () => {
  it.live("are bounded for all journals of a topic together", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const { log, seen } = watched(world.log, () => Effect.yieldNow)
      const journals = makeJournals({ ...world, log, topic, payload: jsonPayload, readsAtOnce: 2 })
      yield* journals.journal("1").append([{ payload: 1 }])
      yield* Effect.forEach(numbers(1, 20), (id) => Stream.runDrain(journals.journal(`${id}`).read()), {
        concurrency: "unbounded"
      })
      expect(seen.most).toBe(2)
    })
  )

  it.live("do not wait for what a reader does with its events: one may read another journal meanwhile", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journals = makeJournals({ ...world, topic, payload: jsonPayload, readsAtOnce: 1 })
      const [a, b] = [journals.journal("a"), journals.journal("b")]
      yield* a.append([{ payload: 1 }, { payload: 2 }])
      yield* b.append([{ payload: 3 }])
      const both = Stream.mapEffect(a.read(), (event) => Effect.map(read(b), (inner) => [event.seqNr, inner.length]))
      expect(yield* Stream.runCollect(both)).toEqual([
        [1, 1],
        [2, 1]
      ])
    })
  )
})
