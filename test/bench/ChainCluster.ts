import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { type ChainNode, KeyValues, type KeyValuesState } from "../../core/chain/index.ts"
import { openChainNode } from "../../runtimes/node/index.ts"
import { send } from "../chain/Http.ts"
import { temporaryFolder } from "./Fixture.ts"

/** The node of a cluster of three that leads, and is in this process; each of the others is in one of its own. */
export interface ChainCluster {
  readonly folder: string
  readonly node: ChainNode<KeyValuesState>
}

const main = fileURLToPath(new URL("../../runtimes/node/main.ts", import.meta.url))
const others: ReadonlyArray<number> = [2, 3]
const leadMs = 30_000

/** A port that nobody listens to. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  await exited
}

/** The URL that a node says it is reached at. */
const urlOf = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) throw new Error("the node has not been started")
  for await (const line of createInterface(child.stdout)) {
    const url = /^ready \S+ (\S+)$/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error("the node has ended before it was ready")
}

const startOther = (id: number, peers: string, data: string): Effect.Effect<string, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        process.execPath,
        ["--conditions=odradek-source", main, "chain", "--id", `${id}`, "--peers", peers, "--data", data].concat([
          "--http",
          "127.0.0.1:0"
        ]),
        { stdio: ["ignore", "pipe", "inherit"] }
      )
    ),
    (child) => Effect.promise(() => stop(child))
  ).pipe(Effect.flatMap((child) => Effect.promise(() => urlOf(child))))

/** Asks the others to let this node lead, until it does. */
const lead = async ({ status }: ChainNode<KeyValuesState>, urls: ReadonlyArray<string>): Promise<void> => {
  const began = performance.now()
  while (status().role !== "Leader") {
    if (performance.now() - began > leadMs) throw new Error("Nobody leads, or does not let this node lead.")
    for (const url of urls) await send({ method: "POST", url: `${url}/transfer`, body: { to: 1 } }, 5000)
  }
}

/** Three nodes of the chain, over TCP and with their files in folders, until the scope closes. */
export const chainCluster: Effect.Effect<ChainCluster, unknown, Scope> = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const ports = [yield* Effect.promise(freePort), yield* Effect.promise(freePort), yield* Effect.promise(freePort)]
  const addresses = Object.fromEntries(ports.map((port, at) => [at + 1, `127.0.0.1:${port}`]))
  const peers = Object.entries(addresses)
    .map(([id, address]) => `${id}=${address}`)
    .join()
  const urls = yield* Effect.forEach(others, (id) => startOther(id, peers, join(folder, `node-${id}`)), {
    concurrency: "unbounded"
  })
  const { application } = KeyValues
  const data = join(folder, "node-1")
  const node = yield* openChainNode({ id: 1, clusterId: "odradek", addresses, data, application })
  yield* Effect.promise(() => lead(node, urls))
  return { folder, node }
})
