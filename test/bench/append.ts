import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { MemoryStore } from "../../adapters/memory/index.ts"
import { jsonPayload, makeJournals } from "../../core/journal/index.ts"
import { type LogClient, openLog } from "../../runtimes/node/index.ts"
import { service } from "../services/index.ts"
import { openBare } from "./BareProducers.ts"
import type { Area, Given, Report } from "./Bench.ts"
import { brokerProcess } from "./BrokerProcess.ts"
import { payload, temporaryFolder } from "./Fixture.ts"

/** How many appends are on their way at once: the most first, since one at a time takes long until its code is compiled. */
const counts = [1000, 64, 1] as const

const compareAppends = Effect.fnUntraced(function* (report: Report, client: LogClient, where: string, address: string) {
  const topic = `append-${client}-${process.pid}`
  const log = yield* openLog({ brokers: [address], client })
  const journals = makeJournals({ log, store: MemoryStore.make(), topic, payload: jsonPayload, origin: "bench" })
  const journal = journals.journal("appended")
  const { offset, partition } = yield* Effect.retry(journal.append([{ payload }]), { times: 5 })
  const { records } = yield* log.read({ topic, partition, offset, maxBytes: 65_536, maxWaitMs: 0 })
  const [sample] = records
  if (sample === undefined) return yield* Effect.die("the log is empty")
  const send = yield* openBare[client](address, topic, partition)
  for (const count of counts) {
    const all = Array.from({ length: count }, () => sample)
    const one = journal.append([{ payload }])
    const appends = count === 1 ? one : Effect.forEach(all, () => one, { concurrency: "unbounded", discard: true })
    const comparison = {
      name: `append by ${client}, ${count === 1 ? "one" : count} at a time, ${where}`,
      unit: "records",
      goal: 0.95,
      latencies: true,
      // One at a time differs little, so it takes many rounds to see by how much.
      ...(count === 1 ? { rounds: 61, warmMs: 1500 } : {}),
      subject: { name: "journal.append", run: () => Effect.runPromise(Effect.as(appends, count)) },
      baseline: {
        name: count === 1 ? `a bare send of the same bytes` : `${count} bare sends`,
        run: () => Promise.all(all.map((record) => send([record]))).then(() => count)
      }
    }
    yield* Effect.promise(() => report(comparison))
  }
})

/** The brokers that are measured: the embedded one in a process of its own, and the one that is named or runs for tests. */
const places = Effect.fnUntraced(function* ({
  brokers
}: Given): Effect.fn.Return<ReadonlyArray<readonly [string, string]>, never, Scope> {
  const folder = yield* temporaryFolder
  const { address } = yield* brokerProcess("sources", join(folder, "log"))
  const named =
    brokers ??
    (yield* Effect.orElseSucceed(
      Effect.try(() => service("kafka").address),
      () => undefined
    ))
  const embedded = ["embedded broker", address] as const
  return named === undefined ? [embedded] : [embedded, [brokers === undefined ? "Apache Kafka" : named, named]]
})

/** Appends through the journal against sends of the same bytes by the same library, to the same partition. */
export const append: Area = {
  name: "append",
  about: "appends through the journal",
  run: (report, given) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          for (const [where, address] of yield* places(given)) {
            yield* Effect.scoped(compareAppends(report, "kafkajs", where, address))
            yield* Effect.scoped(compareAppends(report, "platformatic", where, address))
          }
        })
      )
    )
}
