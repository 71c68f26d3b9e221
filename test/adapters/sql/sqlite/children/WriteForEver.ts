import * as Effect from "effect/Effect"
import { SqliteStore } from "../../../../../adapters/sql/sqlite/index.ts"
import { appendSteps } from "../Samples.ts"

const path = process.argv[2] ?? ""
const batch = Number(process.argv[3])

/** Appends batches until it is killed, and says after each commit up to where the journal is in the store. */
const program = Effect.gen(function* () {
  const store = yield* SqliteStore.open({ path })
  for (let last = 0; ; last += batch) {
    yield* store.write(appendSteps(last + 1, last + batch))
    process.stdout.write(`${last + batch}\n`)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

await Effect.runPromise(Effect.scoped(program))
