import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import { SqliteStore } from "../../../adapters/sql/sqlite/index.ts"
import type { JournalStoreError } from "../../../core/ports/index.ts"
import type { World } from "./JournalWorld.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "journal-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A log in memory, and a store in an SQLite file of its own, which is gone when the scope closes. */
export const sqliteWorld: Effect.Effect<World, JournalStoreError, Scope> = Effect.gen(function* () {
  const path = join(yield* folder, "journal.db")
  return { log: MemoryLog.make(), store: yield* SqliteStore.open({ path }) }
})
