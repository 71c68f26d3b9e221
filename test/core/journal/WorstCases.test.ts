import * as Effect from "effect/Effect"
import { memoryWorld } from "./JournalWorld.ts"
import { worstCases } from "./WorstCases.ts"

worstCases(
  "with a store in memory",
  Effect.sync(() => memoryWorld())
)
