import { sqliteWorld } from "./SqliteWorld.ts"
import { worstCases } from "./WorstCases.ts"

worstCases("with a store in SQLite", sqliteWorld)
