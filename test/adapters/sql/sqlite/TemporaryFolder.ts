import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** A folder that is gone when the scope closes. */
export const temporaryFolder: Effect.Effect<string, never, Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-sqlite-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The path of a file, not there yet, in a folder of its own that is gone when the scope closes. */
export const temporaryFile: Effect.Effect<string, never, Scope> = Effect.map(temporaryFolder, (folder) =>
  join(folder, "journal.db")
)
