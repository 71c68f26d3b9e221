import { journalPromises } from "./JournalPromises.ts"
import { sqliteWorld } from "./SqliteWorld.ts"

journalPromises("over SQLite", sqliteWorld)
