import type { DatabaseSync } from "node:sqlite"

/**
 * Runs `work` in a transaction that holds the file's write lock from its beginning: all of it is committed, or nothing.
 *
 * **Details**
 *
 * What `work` throws is thrown again after the rollback. Some errors make SQLite roll back by itself.
 */
export const transaction = (database: DatabaseSync, work: () => void): void => {
  database.exec("BEGIN IMMEDIATE")
  try {
    work()
    database.exec("COMMIT")
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}
