import * as Effect from "effect/Effect"
import { Broker, type BrokerOptions } from "../../../runtimes/node/Broker.ts"

/** A broker in a process of its own, to be killed: its options come as JSON, and it prints its address. */
const options = JSON.parse(process.argv[2] ?? "{}") as BrokerOptions

Effect.runFork(
  Effect.scoped(
    Effect.flatMap(Broker.start(options), ({ address }) => {
      process.stdout.write(`${address}\n`)
      return Effect.never
    })
  )
)
