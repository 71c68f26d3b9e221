import type * as Sqlite from "node:sqlite"
import { DiskError } from "../../core/ports/index.ts"

/** Loads node:sqlite without the warning that some versions of Node print for it. */
const loadSqlite = (): typeof Sqlite => {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule("node:sqlite")
  } finally {
    process.emitWarning = emitWarning
  }
}

const busy = (error: unknown): boolean => error instanceof Error && "errcode" in error && error.errcode === 5

/**
 * Takes the lock of the file at `path` for this process and returns what frees it.
 *
 * **Details**
 *
 * An exclusive transaction on an SQLite file, which the system ends with the process. Throws `DiskError` with the reason
 * `Locked` when somebody holds it.
 */
export const holdLock = (path: string): (() => void) => {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path)
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
  } catch (cause) {
    database.close()
    if (!busy(cause)) throw cause
    const message = `The folder is in use by another process (its lock is "${path}"): stop that process, or choose another folder.`
    throw new DiskError({ reason: "Locked", operation: "lock", path, message, cause })
  }
  return () => database.close()
}
