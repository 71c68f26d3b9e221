import { journalMatrix } from "./JournalMatrix.ts"
import { sqliteWorld } from "./SqliteWorld.ts"

journalMatrix("with a store in SQLite", [0, 1, 2, 3], sqliteWorld)
