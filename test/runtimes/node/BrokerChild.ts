import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { Broker, type BrokerOptions } from "../../../runtimes/node/Broker.ts"

/** A broker in a process of its own, to be killed: its options come as JSON, and it prints its address; what it logs goes elsewhere. */
const options = JSON.parse(process.argv[2] ?? "{}") as BrokerOptions

Effect.runFork(
  Effect.scoped(
    Effect.flatMap(Broker.start(options), ({ address }) => {
      process.stdout.write(`${address}\n`)
      return Effect.never
    })
  ).pipe(Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])))
)
