import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Cluster } from "./Cluster.ts"
import { partition } from "./Fixture.ts"
import type { StorePair } from "./StorePair.ts"

const program = fileURLToPath(new URL("../../runtimes/node/main.ts", import.meta.url))

/** Runs a replicator of a topic in a process of its own until the scope closes. */
export const replicatorProcess = (
  { address: brokers }: Cluster,
  { address: store, environment }: StorePair,
  topic: string
): Effect.Effect<void, never, Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          process.execPath,
          ["--conditions=odradek-source", program, "replicator", "--brokers", brokers, "--topics", topic].concat([
            "--store",
            store
          ]),
          { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...environment } }
        )
      ),
      (child) =>
        Effect.promise(async () => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const exited = once(child, "exit")
          child.kill("SIGTERM")
          await exited
        })
    )
  )

const pollMs = 50

/** Waits until everything that a topic has now is in the store. */
export const untilReplicated = (
  { log }: Cluster,
  { store }: StorePair,
  topic: string,
  longestMs: number
): Effect.Effect<void, unknown> =>
  Effect.flatMap(log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 }), ({ stableEnd }) =>
    Effect.map(store.pointer(topic, partition), (pointer = -1) => pointer >= stableEnd - 1).pipe(
      Effect.tap((done) => (done ? Effect.void : Effect.sleep(pollMs))),
      Effect.repeat({ until: (done) => done }),
      Effect.timeout(longestMs),
      Effect.asVoid
    )
  )
