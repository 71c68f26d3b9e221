import { once } from "node:events"
import * as Effect from "effect/Effect"
import { Faults, isDeed } from "./Faults.ts"
import { startReplica } from "./Replica.ts"

/**
 * A replicator as a process of its own, which tells when it has come to a write and then waits: before it is begun, or
 * after its effect; with `during` it goes on when it is told to.
 */
const [broker = "", topic = "", store = "", when = "", deed = ""] = process.argv.slice(2)
if (!isDeed(deed)) throw new Error(`${deed} is nothing that a replicator does.`)
const faults = new Faults()
const gate = when === "after" ? faults.holdAfter(deed) : faults.holdBefore(deed)

await Effect.gen(function* () {
  yield* startReplica({ brokers: [broker], topic, store }, faults)
  yield* gate.reached
  process.stdout.write("reached\n")
  yield* Effect.promise(() => once(process.stdin, "data"))
  yield* gate.release
  return yield* Effect.never
}).pipe(Effect.scoped, Effect.runPromise)
