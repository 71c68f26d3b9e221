import * as Effect from "effect/Effect"
import { journalFace, journalMatrix } from "./JournalMatrixRuns.ts"
import { sqliteWorld } from "./SqliteWorld.ts"

journalMatrix(
  "a store in SQLite",
  Effect.map(sqliteWorld, ({ store }) => store)
)
journalFace("a store in SQLite", [1], sqliteWorld)
