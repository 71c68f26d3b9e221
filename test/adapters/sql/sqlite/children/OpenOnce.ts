import * as Effect from "effect/Effect"
import { SqliteStore } from "../../../../../adapters/sql/sqlite/index.ts"

/** Waits for a line, so that several processes begin together; opens the store, and tells how it went. */
process.stdout.write("ready\n")
process.stdin.once("data", () => {
  const program = Effect.flatMap(SqliteStore.open({ path: process.argv[2] ?? "" }), (store) =>
    store.pointer("topic", 0)
  )
  void Effect.runPromise(Effect.scoped(Effect.exit(program))).then((exit) => {
    process.stdout.write(`${exit._tag}\n`)
    process.exit(0)
  })
})
