import * as Effect from "effect/Effect"
import { journalMatrix } from "./JournalMatrix.ts"
import { memoryWorld } from "./JournalWorld.ts"

journalMatrix(
  "with a store in memory",
  ["nothing", 0, 1, 2, 3],
  Effect.sync(() => memoryWorld())
)
journalMatrix(
  "with a store without transactions",
  [0, 1],
  Effect.sync(() => memoryWorld({ atomic: false }))
)
