import type * as Sqlite from "node:sqlite"

/**
 * Loads Node's own SQLite, without the warning that some versions of Node print when it is loaded.
 *
 * **Details**
 *
 * Other warnings pass. Loading is synchronous, so that nobody else's warnings are ever looked at. `undefined` when this
 * Node was built without SQLite.
 */
export const loadNodeSqlite = (): typeof Sqlite | undefined => {
  const emitWarning = process.emitWarning
  const filtered = (...warning: ReadonlyArray<unknown>): void => {
    if (!String(warning[0]).startsWith("SQLite is an experimental feature"))
      Reflect.apply(emitWarning, process, warning)
  }
  process.emitWarning = filtered
  try {
    return process.getBuiltinModule("node:sqlite")
  } finally {
    process.emitWarning = emitWarning
  }
}
