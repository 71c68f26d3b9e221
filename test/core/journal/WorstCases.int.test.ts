import { sqliteWorld } from "./SqliteWorld.ts"
import { worstCases } from "./WorstCases.ts"

for (const heads of ["no cache", "a warm cache"] as const) worstCases("a store in SQLite", heads, sqliteWorld)
