import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { MinimumLogLevel } from "effect/References"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { MemoryGroup, MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { jsonPayload, makeJournals, replicate } from "../../../../core/journal/index.ts"
import type { ReplicatorEvent, ReplicatorOptions } from "../../../../core/journal/index.ts"
import { ConsumerGroupError } from "../../../../core/ports/index.ts"
import type {
  ConsumerGroup,
  GroupEvent,
  GroupOwner,
  JournalStore,
  PartitionOffset
} from "../../../../core/ports/index.ts"
import { numbers } from "../JournalWorld.ts"

const topic = "orders"
const here = (partition: number) => ({ topic, partition })

const world = (partitions: number, store: JournalStore = MemoryStore.make()) => {
  const log = MemoryLog.make({ partitions: { [topic]: partitions } })
  return { log, store, journals: makeJournals({ log, store, topic, payload: jsonPayload }) }
}

type World = ReturnType<typeof world>

/** Lets everything come to wait for time, and then lets time pass. */
const pass = (millis: number) =>
  Effect.andThen(
    Effect.forEach(numbers(1, 30), () => TestClock.adjust(0)),
    TestClock.adjust(millis)
  )

/** A group with one member, whose coordinator is the test. */
const puppet = () => {
  const trace: Array<string> = []
  let owner: GroupOwner | undefined
  const ended = Deferred.makeUnsafe<never, ConsumerGroupError>()
  let waiting: ConsumerGroupError | undefined
  let refuse: ConsumerGroupError | undefined
  const group: ConsumerGroup = {
    id: "g",
    join: (topics, tell) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          trace.push(`join ${topics.join()}`)
          owner = tell
          return {
            commit: (offsets: ReadonlyArray<PartitionOffset>) =>
              Effect.suspend(() => {
                const line = offsets.map(({ offset, partition }) => `${partition}:${offset}`).join()
                trace.push(`${refuse === undefined ? "commit" : refuse.reason} ${line}`)
                return refuse === undefined ? Effect.void : Effect.fail(refuse)
              }),
            ended: Deferred.await(ended),
            waiting: () => waiting
          }
        }),
        () => Effect.sync(() => trace.push("leave"))
      ),
    committed: () => Effect.succeed([])
  }
  const tell = (tag: GroupEvent["_tag"], ...partitions: ReadonlyArray<number>): Effect.Effect<void> =>
    Effect.suspend(() => owner?.({ _tag: tag, generation: 1, partitions: partitions.map(here) }) ?? Effect.void)
  return {
    group,
    trace,
    tell,
    end: (error: ConsumerGroupError) => Deferred.doneUnsafe(ended, Effect.fail(error)),
    wait: (error: ConsumerGroupError | undefined) => {
      waiting = error
    },
    refuseCommits: (reason: ConsumerGroupError["reason"] | undefined) => {
      refuse =
        reason === undefined
          ? undefined
          : new ConsumerGroupError({ reason, operation: "commit", group: "g", message: "It cannot be." })
    }
  }
}

type Puppet = ReturnType<typeof puppet>

const start = (
  one: World,
  { group, trace }: Pick<Puppet, "group" | "trace">,
  options: Partial<ReplicatorOptions> = {}
) =>
  replicate({
    ...one,
    topics: [topic],
    group,
    onEvent: (event) => {
      if (event._tag !== "Replicated") trace.push(`${event._tag} ${event.partition}`)
    },
    ...options
  })

/** Appends an event to each of the partitions. */
const fill = ({ journals, log }: World, partitions: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    for (let n = 0, left = new Set(partitions); left.size > 0; n++) {
      const id = `j${n}`
      const journal = journals.journal(id)
      const pages = yield* Effect.forEach(partitions, (partition) =>
        log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 })
      )
      if (pages.every(({ stableEnd }) => stableEnd > 0)) return
      const { partition } = yield* journal.append([{ payload: n }])
      left = new Set([...left].filter((each) => each !== partition))
    }
  })

const ends = ({ log }: World, partition: number) =>
  Effect.map(log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 }), ({ stableEnd }) => stableEnd)

const logged = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  return {
    lines,
    run: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      effect.pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(MinimumLogLevel, "Debug"))
  }
}

describe("a replicator in a group", () => {
  it.effect(
    "151. and 153. replicates what is assigned, lets go of what is revoked before it is committed, and leaves",
    () =>
      Effect.gen(function* () {
        const one = world(2)
        yield* fill(one, [0, 1])
        const coordinator = puppet()
        const replicator = yield* start(one, coordinator)
        yield* pass(100)
        expect(coordinator.trace).toEqual(["join orders"])
        yield* coordinator.tell("Assigned", 0)
        yield* coordinator.tell("Assigned", 1)
        yield* pass(100)
        const [first, second] = [yield* ends(one, 0), yield* ends(one, 1)]
        yield* coordinator.tell("Revoked", 0)
        yield* replicator.stop
        expect(coordinator.trace.slice(1)).toEqual([
          "Resumed 0",
          "Resumed 1",
          "Released 0",
          `commit 0:${first}`,
          "leave",
          "Released 1"
        ])
        expect(yield* one.store.pointer(topic, 1)).toBe(second - 1)
      })
  )

  it.effect("replicates nothing that is not assigned", () =>
    Effect.gen(function* () {
      const one = world(2)
      yield* fill(one, [0, 1])
      const coordinator = puppet()
      yield* start(one, coordinator)
      yield* coordinator.tell("Assigned", 1)
      yield* pass(10_000)
      expect(yield* one.store.pointer(topic, 0)).toBeUndefined()
      expect(yield* one.store.pointer(topic, 1)).toBe((yield* ends(one, 1)) - 1)
    })
  )

  it.effect("155. commits what is assigned every five seconds, and only what is new", () =>
    Effect.gen(function* () {
      const one = world(2)
      yield* fill(one, [0, 1])
      const coordinator = puppet()
      yield* start(one, coordinator, { onEvent: () => undefined })
      yield* coordinator.tell("Assigned", 0, 1)
      yield* pass(4999)
      expect(coordinator.trace).toEqual(["join orders"])
      const [first, second] = [yield* ends(one, 0), yield* ends(one, 1)]
      yield* pass(1)
      expect(coordinator.trace.slice(1)).toEqual([`commit 0:${first},1:${second}`])
      const { partition } = yield* one.journals.journal("j0").append([{ payload: "more" }])
      yield* pass(5000)
      yield* pass(20_000)
      expect(coordinator.trace.slice(2)).toEqual([`commit ${partition}:${yield* ends(one, partition)}`])
    })
  )

  it.effect("146. commits how far a partition is that was replicated already", () =>
    Effect.gen(function* () {
      const one = world(1)
      yield* fill(one, [0])
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replicate({ ...one, topics: [topic] })
          yield* pass(100)
        })
      )
      const coordinator = puppet()
      yield* start(one, coordinator, { onEvent: () => undefined })
      yield* coordinator.tell("Assigned", 0)
      yield* pass(5000)
      expect(coordinator.trace).toEqual(["join orders", `commit 0:${yield* ends(one, 0)}`])
    })
  )

  it.effect("156. commits what is pending of a partition when it is revoked, and forgets it", () =>
    Effect.gen(function* () {
      const one = world(2)
      yield* fill(one, [0, 1])
      const coordinator = puppet()
      yield* start(one, coordinator, { onEvent: () => undefined })
      yield* coordinator.tell("Assigned", 0, 1)
      yield* pass(100)
      yield* coordinator.tell("Revoked", 0)
      expect(coordinator.trace.slice(1)).toEqual([`commit 0:${yield* ends(one, 0)}`])
      yield* pass(5000)
      expect(coordinator.trace.slice(2)).toEqual([`commit 1:${yield* ends(one, 1)}`])
    })
  )

  it.effect("156. finishes the batch in hand before a partition is let go", () =>
    Effect.gen(function* () {
      const inner = MemoryStore.make({ atomic: false })
      const gate = Deferred.makeUnsafe<void>()
      const entered = Deferred.makeUnsafe<void>()
      const one = world(1, {
        ...inner,
        write: (steps) =>
          Effect.sync(() => Deferred.doneUnsafe(entered, Effect.void)).pipe(
            Effect.andThen(Deferred.await(gate)),
            Effect.andThen(inner.write(steps))
          )
      })
      yield* fill(one, [0])
      const coordinator = puppet()
      yield* start(one, coordinator)
      yield* coordinator.tell("Assigned", 0)
      yield* Deferred.await(entered)
      yield* Effect.forkChild(coordinator.tell("Revoked", 0), { startImmediately: true })
      yield* pass(1000)
      expect(coordinator.trace).not.toContain("Released 0")
      Deferred.doneUnsafe(gate, Effect.void)
      yield* pass(0)
      expect(coordinator.trace.slice(-2)).toEqual(["Released 0", `commit 0:${yield* ends(one, 0)}`])
      expect(yield* inner.pointer(topic, 0)).toBe((yield* ends(one, 0)) - 1)
    })
  )

  it.effect("157. interrupts a partition that is lost, and does not commit it", () =>
    Effect.gen(function* () {
      const { lines, run } = logged()
      const inner = MemoryStore.make()
      let interrupted = false
      const one = world(1, {
        ...inner,
        write: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      })
      yield* fill(one, [0])
      const coordinator = puppet()
      yield* run(
        Effect.gen(function* () {
          yield* start(one, coordinator)
          yield* coordinator.tell("Assigned", 0)
          yield* pass(100)
          yield* coordinator.tell("Lost", 0)
          yield* pass(10_000)
        })
      )
      expect(interrupted).toBe(true)
      expect(coordinator.trace).toEqual(["join orders", "Resumed 0", "Released 0"])
      expect(lines.filter((line) => line.startsWith("Warn"))).toEqual([
        "Warn Group g has given orders-0 up for lost: this process was not heard for too long."
      ])
    })
  )

  it.effect(
    "a commit that fails stops nothing, is told, and is made up for; one that a rebalance refuses is not told",
    () =>
      Effect.gen(function* () {
        const { lines, run } = logged()
        const one = world(1)
        yield* fill(one, [0])
        const coordinator = puppet()
        yield* run(
          Effect.gen(function* () {
            yield* start(one, coordinator, { onEvent: () => undefined })
            yield* coordinator.tell("Assigned", 0)
            coordinator.refuseCommits("Unreachable")
            yield* pass(5000)
            coordinator.refuseCommits("Rebalancing")
            yield* pass(5000)
            coordinator.refuseCommits(undefined)
            yield* pass(5000)
          })
        )
        const end = yield* ends(one, 0)
        expect(coordinator.trace.slice(1)).toEqual([`Unreachable 0:${end}`, `Rebalancing 0:${end}`, `commit 0:${end}`])
        expect(
          lines.filter((line) => line.includes("could not be committed")).map((line) => line.split(" ")[0])
        ).toEqual(["Warn", "Debug"])
      })
  )

  it.effect("158. fails when its group refuses it for good", () =>
    Effect.gen(function* () {
      const coordinator = puppet()
      const { join } = yield* start(world(1), coordinator)
      const error = new ConsumerGroupError({ reason: "Unauthorized", operation: "join", group: "g", message: "No." })
      coordinator.end(error)
      expect(yield* Effect.flip(join)).toBe(error)
    })
  )

  it.effect("says why it is not in its group, while that is so", () =>
    Effect.gen(function* () {
      const coordinator = puppet()
      const replicator = yield* start(world(1), coordinator)
      expect(replicator.waiting()).toBeUndefined()
      const error = new ConsumerGroupError({ reason: "Unreachable", operation: "join", group: "g", message: "No." })
      coordinator.wait(error)
      expect(replicator.waiting()).toBe(error)
      coordinator.wait(undefined)
      expect(replicator.waiting()).toBeUndefined()
    })
  )

  it.effect("152. is taken up by the others when it fails, from where its pointers are", () =>
    Effect.gen(function* () {
      const one = world(4)
      const group = yield* MemoryGroup.make({ id: "g", log: one.log, sessionTimeoutMs: 1000, discoveryMs: 100 })
      const replicators = yield* Effect.forEach(numbers(1, 2), () =>
        Effect.gen(function* () {
          const process = group.process()
          const scope = yield* Scope.make()
          const events: Array<ReplicatorEvent> = []
          yield* Scope.provide(
            start(one, { group: process.group, trace: [] }, { onEvent: (event) => void events.push(event) }),
            scope
          )
          return { ...process, scope, events }
        })
      )
      yield* pass(1000)
      const ids = numbers(1, 40).map((n) => `j${n}`)
      for (const id of ids) yield* one.journals.journal(id).append([{ payload: 1 }])
      yield* pass(1000)
      expect(replicators.map(({ events }) => new Set(events.map(({ partition }) => partition)).size)).toEqual([2, 2])
      yield* replicators[0]!.vanish
      for (const id of ids) yield* one.journals.journal(id).append([{ payload: 2 }])
      yield* pass(2000)
      for (const id of ids) {
        const events = yield* one.store.events({ key: { topic, id }, from: 1, to: 9, limit: 9 })
        expect(events.map(({ seqNr }) => seqNr)).toEqual([1, 2])
      }
      yield* pass(10_000)
      const committed = yield* group.committed(numbers(0, 3).map(here))
      const offsets = yield* Effect.forEach(numbers(0, 3), (partition) => ends(one, partition))
      expect(committed.map(({ offset }) => offset)).toEqual(offsets)
      for (const { scope } of replicators) yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
