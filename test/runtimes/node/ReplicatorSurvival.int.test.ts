import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "@effect/vitest"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { replicate, verify } from "../../../core/journal/index.ts"
import type { Difference, ReplicatorEvent, ReplicatorOptions } from "../../../core/journal/index.ts"
import { partitionFor } from "../../../core/log/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { Broker, openGroup, openLog } from "../../../runtimes/node/index.ts"
import { temporaryFolder } from "./cli/Odradek.ts"

const topic = "orders"
const partitions = 4
const ids = Array.from({ length: 24 }, (_, n) => `journal-${n}`)

/** Waits until something holds, and fails with what it was when it does not. */
const until = <A>(look: Effect.Effect<A, unknown>, expected: A) =>
  Effect.retry(
    Effect.flatMap(look, (found) =>
      Effect.try({ try: () => expect(found).toEqual(expected), catch: (difference) => difference })
    ),
    { schedule: Schedule.spaced(20), times: 3000 }
  )

/** Appends the events of one number to all journals, as often as it takes: a record may be in the log more than once. */
const appendRound = Effect.fnUntraced(function* (log: CommitLog, seqNr: number) {
  const append = (id: string) =>
    log
      .append({
        topic,
        partition: partitionFor(encodeUtf8(id), partitions),
        ...recordOf(id, { _tag: "Append", seqNrs: [seqNr] }, `${seqNr}`)
      })
      .pipe(Effect.retry({ schedule: Schedule.spaced(50), times: 600 }))
  yield* Effect.forEach(ids, append, { concurrency: 8, discard: true })
})

/** The numbers that a store has of each journal. */
const numbersIn = (store: JournalStore) =>
  Effect.forEach(ids, (id) =>
    Effect.map(store.events({ key: { topic, id }, from: 1, to: 1e6, limit: 1e6 }), (rows) =>
      rows.map(({ seqNr }) => seqNr)
    )
  )

const upTo = (last: number) => ids.map(() => Array.from({ length: last }, (_, at) => at + 1))

const differences = Effect.fnUntraced(function* (log: CommitLog, store: JournalStore) {
  const found: Array<Difference> = []
  const onDifference = (difference: Difference) => Effect.sync(() => void found.push(difference))
  yield* verify({ log, store, topic, onDifference })
  return found
})

const quiet = Effect.provide(Logger.layer([]))

/** A replicator in a scope of its own, which is left as one that is stopped leaves: with what it had in hand finished. */
const member = Effect.fnUntraced(function* (options: ReplicatorOptions) {
  const scope = yield* Scope.make()
  const { stop } = yield* Scope.provide(replicate(options), scope)
  return Effect.andThen(stop, Scope.close(scope, Exit.void))
})

describe("a replicator", () => {
  it.live(
    "goes on by itself when the broker was away, and has lost and doubled nothing",
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(Effect.sync(temporaryFolder), ({ remove }) => Effect.sync(remove))
        const options = { data: `${folder.path}/log`, defaultPartitions: partitions }
        const first = yield* Scope.make()
        const { address } = yield* Scope.provide(Broker.start(options), first)
        const log = yield* openLog({ brokers: [address] })
        yield* log.partitions(topic, { create: true })
        const store = MemoryStore.make({ atomic: false })
        const { status } = yield* replicate({ log, store, topics: [topic] })
        yield* appendRound(log, 1)
        yield* until(numbersIn(store), upTo(1))

        yield* Scope.close(first, Exit.void)
        yield* until(
          Effect.sync(() => status().every(({ stalled }) => stalled?.error.reason === "Unavailable")),
          true
        )
        yield* Broker.start({ ...options, listen: address })
        for (const round of [2, 3, 4]) yield* appendRound(log, round)
        yield* until(numbersIn(store), upTo(4))
        yield* until(
          Effect.sync(() => status().map(({ lag, stalled }) => ({ lag, stalled }))),
          Array.from({ length: partitions }, () => ({ lag: 0, stalled: undefined }))
        )
        expect(yield* differences(log, store)).toEqual([])
      }).pipe(quiet),
    120_000
  )

  it.live(
    "that shares its work loses and doubles nothing while others come and go twenty times under load",
    () =>
      Effect.gen(function* () {
        const { address } = yield* Broker.start({ defaultPartitions: partitions })
        const brokers = [address]
        const log = yield* openLog({ brokers })
        yield* log.partitions(topic, { create: true })
        const store = MemoryStore.make()
        const join = Effect.gen(function* () {
          const group = yield* openGroup({ brokers, groupId: "storm", clientId: "member" })
          let assigned = 0
          const onEvent = ({ _tag }: ReplicatorEvent): void => {
            if (_tag === "Resumed") assigned++
          }
          const leave = yield* member({ log, store, topics: [topic], group, commitMs: 100, onEvent })
          yield* until(
            Effect.sync(() => assigned > 0),
            true
          )
          return leave
        })
        const leaveFirst = yield* join
        let rounds = 0
        let isOver = false
        const load = yield* Effect.forkChild(
          Effect.gen(function* () {
            while (!isOver) yield* appendRound(log, ++rounds)
          })
        )
        for (let turn = 0; turn < 10; turn++) {
          const leave = yield* join
          const at = rounds
          yield* until(
            Effect.sync(() => rounds > at),
            true
          )
          yield* leave
        }
        isOver = true
        yield* Fiber.join(load)
        yield* until(numbersIn(store), upTo(rounds))
        yield* leaveFirst
        expect(yield* differences(log, store)).toEqual([])
      }).pipe(quiet),
    180_000
  )
})
