import * as Effect from "effect/Effect"
import process from "node:process"
import { makeHttpHandler } from "../../../adapters/http/index.ts"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"
import { serveDeno } from "../../../runtimes/deno/index.ts"

// A program that serves journals in memory with Deno.serve until SIGTERM.
const program = Effect.gen(function* () {
  const log = MemoryLog.make({ partitions: { orders: 1 } })
  const { drain, fetch } = yield* makeHttpHandler({ log, store: MemoryStore.make(), limits: { followers: 2 } })
  const { url } = yield* serveDeno({ listen: { host: "127.0.0.1", port: 0 }, fetch, drain })
  process.stdout.write(`ready ${url}\n`)
  yield* Effect.callback<void>((resume) => void process.once("SIGTERM", () => resume(Effect.void)))
})

await Effect.runPromise(Effect.scoped(program))
