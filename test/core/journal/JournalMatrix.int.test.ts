import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import { SqliteStore } from "../../../adapters/sql/sqlite/index.ts"
import { journalMatrix } from "./JournalMatrix.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "journal-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

journalMatrix(
  "with a store in SQLite",
  [0, 1, 2, 3],
  Effect.gen(function* () {
    const path = join(yield* folder, "journal.db")
    return { log: MemoryLog.make(), store: yield* SqliteStore.open({ path }) }
  })
)
