import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { openCounter } from "./Counter.ts"
import type { Deed } from "./Faults.ts"
import { openProxy } from "./Outage.ts"
import type { Story, Trouble } from "./Story.ts"
import { until } from "./Until.ts"

const program = fileURLToPath(new URL("HeldReplicator.ts", import.meta.url))

/** Where the process is to be killed: `during` is when the store has heard of the write, and nothing of it is answered. */
export interface Death {
  readonly when: "before" | "during" | "after"
  readonly deed: Deed
}

/** A process that is to be killed; `reached` ends when it has come to where it is. */
export interface ReplicatorProcess {
  readonly reached: Effect.Effect<void, Trouble>
  readonly kill: Effect.Effect<void>
}

/** The pointer and the heads of a story's store, as one text. */
const stored = ({ oracle, store, topic }: Story): Effect.Effect<string, Trouble> =>
  Effect.map(
    Effect.all([
      store.pointer(topic, 0),
      Effect.forEach([...oracle.ids].toSorted(), (id) => store.head({ topic, id }))
    ]),
    (all) => JSON.stringify(all)
  )

/** Starts a replicator of a story as a process of its own; it is killed with the scope. */
export const startReplicatorProcess = Effect.fnUntraced(function* (
  story: Story,
  { deed, when }: Death
): Effect.fn.Return<ReplicatorProcess, never, Scope> {
  const { brokers, fresh, topic } = story
  const proxy = fresh.server === undefined ? undefined : yield* openProxy(fresh.server.port)
  const counter =
    proxy === undefined
      ? undefined
      : yield* Effect.acquireRelease(
          Effect.promise(() => openCounter(proxy.port)),
          (opened) => Effect.promise(() => opened[Symbol.asyncDispose]())
        )
  const store = counter === undefined ? fresh.address : fresh.through({ host: "127.0.0.1", port: counter.port })
  const args = ["--conditions=odradek-source", program, brokers.join(","), topic, store, when, deed]
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })
  const ended = once(child, "exit")
  let said = ""
  child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString()))
  const kill = Effect.promise(async () => {
    child.kill("SIGKILL")
    await ended
  })
  yield* Effect.addFinalizer(() => kill)
  const held = until(
    `the process comes to ${deed}`,
    Effect.suspend(() =>
      child.exitCode === null
        ? Effect.succeed(said.includes("reached"))
        : Effect.fail(new Error(`The replicator has ended with ${child.exitCode}.`))
    )
  )
  const goOn = Effect.gen(function* () {
    const before = counter?.bytes()
    // Without a server the write is one call, which nobody can look into: what the store has then tells that it was made.
    const unseen = yield* stored(story)
    proxy?.become({ _tag: "Mute" })
    child.stdin.write("go on\n")
    const isHeard =
      counter === undefined
        ? Effect.map(stored(story), (now) => now !== unseen)
        : Effect.sync(() => counter.bytes() !== before)
    yield* until("the store has heard of it", isHeard)
  })
  return {
    kill,
    reached: when === "during" ? Effect.andThen(held, goOn) : held
  }
})
