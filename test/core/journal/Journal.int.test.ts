import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import { SqliteStore } from "../../../adapters/sql/sqlite/index.ts"
import { journalPromises } from "./JournalPromises.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "journal-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

journalPromises(
  "over SQLite",
  Effect.gen(function* () {
    const path = join(yield* folder, "journal.db")
    return { log: MemoryLog.make(), store: yield* SqliteStore.open({ path }) }
  })
)
