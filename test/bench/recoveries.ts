import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { decodeAction, HeadCache, jsonPayload, type Journals, makeJournals } from "../../core/journal/index.ts"
import type { NewRecord } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { openLog, openStore } from "../../runtimes/node/index.ts"
import { openBare } from "./BareProducers.ts"
import { replicatorProcess, untilReplicated } from "./ChildReplicator.ts"
import { partition } from "./Fixture.ts"
import { areaOnServers, kinds } from "./Pairs.ts"
import { appendOf } from "./Records.ts"

const counts = [1, 100, 1000, 10_000] as const
const perRecord = 10
const replicatedMs = 60_000
const opened = 7

const idOf = (count: number): string => `journal-of-${count}`

/** Appends of a journal for each count, of so many events. */
function* journalRecords(): Generator<NewRecord> {
  for (const count of counts) {
    for (let from = 1; from <= count; from += perRecord) {
      yield appendOf(idOf(count), from, Math.min(perRecord, count - from + 1))
    }
  }
}

/** Reads a journal to its end; fails when it does not have so many events. */
const read = (journals: Journals<unknown>, count: number): Promise<number> =>
  journals
    .journal(idOf(count))
    .read()
    .pipe(
      Stream.runCount,
      Effect.flatMap((found) => (found === count ? Effect.succeed(1) : Effect.die(`${found} events of ${count}`))),
      Effect.runPromise
    )

/** The last record of a topic that is a mark. */
const lastMark = Effect.fnUntraced(function* (log: CommitLog, topic: string) {
  let mark: NewRecord | undefined
  let [offset, end] = [0, 1]
  while (offset < end) {
    const page = yield* log.read({ topic, partition, offset, maxBytes: 1 << 20, maxWaitMs: 0 })
    mark = page.records.findLast((record) => Result.getOrThrow(decodeAction(record))?._tag === "Mark") ?? mark
    offset = page.nextOffset
    end = page.stableEnd
  }
  return mark ?? (yield* Effect.die("no recovery has appended a mark"))
})

/** Reads of journals whose events are all in a store, while a replicator runs in a process of its own. */
export const recoveries = areaOnServers(
  "recoveries",
  "reads of journals whose events are all in a store",
  kinds,
  ({ cluster, kind, report }) =>
    Effect.gen(function* () {
      const pair = yield* kind.open("recoveries")
      const { address, log } = cluster
      const { query, store } = pair
      const topic = yield* cluster.topic(`recoveries-${kind.name.replaceAll(" ", "-")}`)
      yield* cluster.fill(topic, journalRecords())
      yield* replicatorProcess(cluster, pair, topic)
      yield* untilReplicated(cluster, pair, topic, replicatedMs)

      const ports = { topic, log, store, payload: jsonPayload }
      const heads = yield* HeadCache.make({ log, store })
      const warm = makeJournals({ ...ports, heads })
      yield* Effect.promise(() => read(warm, 1))
      const mark = yield* lastMark(log, topic)
      const send = yield* openBare.kafkajs(address, topic, partition)
      const bare = (count: number) => async (): Promise<number> => {
        await send([mark])
        const found = await query({ topic, id: idOf(count) })
        if (found !== count) throw new Error(`${found} rows of ${count}`)
        return 1
      }
      for (const count of counts) {
        const baseline = { name: "one produce and one query", run: bare(count) }
        const line = { unit: "reads", latencies: true, baseline }
        yield* Effect.promise(() =>
          report({
            ...line,
            name: `${kind.name}: recover ${count}, head cache`,
            subject: { name: "journal.read", run: () => read(warm, count) }
          })
        )
        yield* Effect.promise(() =>
          report({
            ...line,
            name: `${kind.name}: recover ${count}, no head cache`,
            subject: { name: "the first journal.read", run: () => read(makeJournals(ports), count) }
          })
        )
      }
      const fromNothing = Effect.gen(function* () {
        const fresh = yield* openLog({ brokers: [address] })
        const journals = makeJournals({
          ...ports,
          log: fresh,
          store: yield* openStore(pair.address, { readOnly: true })
        })
        yield* Effect.promise(() => read(journals, 100))
      })
      yield* Effect.promise(() =>
        report({
          name: `${kind.name}: connect to both and recover 100`,
          unit: "ms",
          rounds: opened,
          run: async () => {
            const began = performance.now()
            await Effect.runPromise(Effect.scoped(fromNothing))
            return performance.now() - began
          }
        })
      )
    })
)
