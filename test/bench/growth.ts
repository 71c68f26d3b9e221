import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { jsonPayload, makeJournals, replicate } from "../../core/journal/index.ts"
import type { NewRecord } from "../../core/log/index.ts"
import { untilReplicated } from "./ChildReplicator.ts"
import type { Cluster } from "./Cluster.ts"
import { partition, payload } from "./Fixture.ts"
import { areaOnServers } from "./Pairs.ts"
import { postgresPair } from "./PostgresPair.ts"
import { appendOf } from "./Records.ts"
import type { PairKind } from "./StorePair.ts"

const read = "journal-that-is-read"
const events = 100
const fillers = 1000
const rounds = 11
const shortest = 10_000

/** Appends of other journals, those of the log's positions from `from` to `to`. */
function* fillerRecords(from: number, to: number): Generator<NewRecord> {
  for (let at = from; at < to; at++) yield appendOf(`filler-${at % fillers}`, 1 + Math.floor(at / fillers), 1)
}

/** A topic that grows, a replicator that follows, and what is done there, each answering with how often it was done. */
const openGrowing = Effect.fnUntraced(function* (cluster: Cluster, kind: PairKind, name: string) {
  const pair = yield* kind.open(name)
  const { log } = cluster
  const { store } = pair
  const topic = yield* cluster.topic(`growth-${name}`)
  yield* cluster.fill(topic, [appendOf(read, 1, events)])
  yield* replicate({ log, store, topics: [topic] })
  const ports = { topic, log, store, payload: jsonPayload, origin: "bench" }
  const appended = makeJournals(ports).journal("journal-that-is-written")
  let length = 0
  const grow = (to: number): Effect.Effect<void, unknown, Scope> =>
    Effect.suspend(() => cluster.fill(topic, fillerRecords(length, to))).pipe(
      Effect.andThen(untilReplicated(cluster, pair, topic, 60_000 + to)),
      Effect.tap(() => Effect.sync(() => void (length = to)))
    )
  const once =
    <A, E>(effect: Effect.Effect<A, E>) =>
    () =>
      Effect.runPromise(Effect.as(effect, 1))
  return {
    grow,
    append: once(appended.append([{ payload }])),
    pointer: once(store.pointer(topic, partition)),
    recover: once(
      Effect.suspend(() => makeJournals(ports).journal(read).read().pipe(Stream.runCount)).pipe(
        Effect.filterOrFail((count) => count === events)
      )
    )
  }
})

/** What operations take at a long topic, against the same at a short one: no part of a read or a write may grow with it. */
export const growth = areaOnServers(
  "growth",
  "reads and writes at a long topic, against those at a short one",
  [postgresPair],
  ({ cluster, given, kind, report }) =>
    Effect.gen(function* () {
      const short = yield* openGrowing(cluster, kind, "short")
      const long = yield* openGrowing(cluster, kind, "long")
      yield* short.grow(shortest)
      for (const length of given.full === true ? [1e4, 1e5, 1e6, 1e7] : [1e4, 1e5, 1e6]) {
        yield* long.grow(length)
        for (const what of ["recover", "append", "pointer"] as const) {
          yield* Effect.promise(() =>
            report({
              name: `${kind.name}: ${what} at ${length} records`,
              unit: "operations",
              rounds,
              latencies: true,
              goal: 0.9,
              subject: { name: `${what} here`, run: long[what] },
              baseline: { name: `at ${shortest} records`, run: short[what] }
            })
          )
        }
      }
    })
)
