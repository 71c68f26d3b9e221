import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Cluster } from "./Cluster.ts"
import { areaOnServers } from "./Pairs.ts"
import { postgresPair } from "./PostgresPair.ts"
import { recordsOf } from "./Records.ts"
import type { StorePair } from "./StorePair.ts"

const program = fileURLToPath(new URL("ReplicatorSamples.ts", import.meta.url))
const megabyte = 1 << 20

/** What a process weighs, in bytes, after it has replicated so many records. */
interface Sample {
  readonly records: number
  readonly heapUsed: number
  readonly rss: number
}

const samplesOf = async (
  { address: brokers }: Cluster,
  { address: store, environment }: StorePair,
  topic: string,
  records: number
): Promise<ReadonlyArray<Sample>> => {
  const args = ["--expose-gc", "--conditions=odradek-source", program, brokers, topic, store, `${records}`]
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env })
  const exited = once(child, "exit")
  const samples: Array<Sample> = []
  for await (const line of createInterface(child.stdout)) samples.push(JSON.parse(line))
  await exited
  if (child.exitCode !== 0) throw new Error(`the replicator has ended with ${child.exitCode}`)
  return samples
}

/** Bytes for each record more, by the line that fits the samples best; the first one is still warming up. */
const slope = ([, ...samples]: ReadonlyArray<Sample>, of: (sample: Sample) => number): number => {
  const mean = (value: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length
  const [x, y] = [mean(({ records }) => records), mean(of)]
  const shared = mean((sample) => (sample.records - x) * (of(sample) - y))
  return shared / mean(({ records }) => (records - x) ** 2)
}

/** What a replicator weighs as it goes on and on: it should not grow with what it has replicated. */
export const memory = areaOnServers(
  "memory",
  "what a replicator weighs as it goes on",
  [postgresPair],
  ({ cluster, given, kind, report }) =>
    Effect.gen(function* () {
      const records = given.full === true ? 10_000_000 : 1_000_000
      const pair = yield* kind.open("memory")
      const topic = yield* cluster.topic("memory")
      yield* cluster.fill(topic, recordsOf({ journals: records / 1000, each: 1000, perRecord: 1, beside: 1000 }))
      const samples = yield* Effect.promise(() => samplesOf(cluster, pair, topic, records))
      const what = `${kind.name}, ${records / 1e6} M records`
      for (const [name, of] of [
        ["heap", ({ heapUsed }: Sample) => heapUsed],
        ["resident", ({ rss }: Sample) => rss]
      ] as const) {
        const values = samples.map((sample) => of(sample) / megabyte)
        yield* Effect.promise(() => report({ name: `${what}: ${name} at each tenth`, unit: "MiB", values }))
        yield* Effect.promise(() =>
          report({ name: `${what}: ${name}, for each record more`, unit: "B", values: [slope(samples, of)] })
        )
      }
    })
)
