import * as Effect from "effect/Effect"
import { memoryWorld } from "./JournalWorld.ts"
import { worstCases } from "./WorstCases.ts"

for (const heads of ["no cache", "a cold cache", "a warm cache"] as const) {
  worstCases(
    "a store in memory",
    heads,
    Effect.sync(() => memoryWorld())
  )
}
