import { open } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type ChainNode, KeyValues, type KeyValuesState } from "../../core/chain/index.ts"
import type { Area, Side, Work } from "./Bench.ts"
import { chainCluster } from "./ChainCluster.ts"

/** About 100 bytes, as in the other areas. */
const command = KeyValues.command({ _tag: "Put", key: "key", value: new Uint8Array(88) })

const turnsOfClient = 10

/** Clients that propose one command after the other, each waiting for its answer. */
const proposing = (node: ChainNode<KeyValuesState>, clients: number): Side => ({
  name: `${clients} at a time`,
  run: () =>
    Effect.gen(function* () {
      const each: Array<number> = []
      const client = Effect.gen(function* () {
        for (let turn = 0; turn < turnsOfClient; turn++) {
          const began = performance.now()
          yield* node.propose(command)
          each.push(performance.now() - began)
        }
      })
      yield* Effect.forEach(Array.from({ length: clients }), () => client, { concurrency: "unbounded", discard: true })
      return { units: each.length, each } satisfies Work
    }).pipe(Effect.runPromise)
})

/** Three processes on this machine, over TCP, each with its files, against what its disk does by itself. */
export const chainProcesses: Area = {
  name: "chain-processes",
  about: "three nodes of the chain as processes, over TCP",
  run: (report) =>
    Effect.gen(function* () {
      const { folder, node } = yield* chainCluster
      const file = yield* Effect.acquireRelease(
        Effect.promise(() => open(join(folder, "baseline"), "a")),
        (opened) => Effect.promise(() => opened.close())
      )
      const baseline: Side = {
        name: "appends of the same bytes to one file, each with fdatasync",
        run: async () => {
          await file.write(command)
          await file.datasync()
          return 1
        }
      }
      for (const clients of [1, 16, 256]) {
        const name = `three processes with fsync, ${clients} at a time`
        const subject = proposing(node, clients)
        yield* Effect.promise(() => report({ name, unit: "commits", latencies: true, subject, baseline }))
      }
    }).pipe(Effect.scoped, Effect.runPromise)
}
