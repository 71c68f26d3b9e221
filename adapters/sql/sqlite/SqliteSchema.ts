import type { DatabaseSync } from "node:sqlite"
import { JournalStoreError } from "../../../core/ports/index.ts"
import { transaction } from "./Transaction.ts"

const safe = "BETWEEN 0 AND 9007199254740991"

/**
 * The steps by which the schema came to be; the version of a file is the number of steps that it has been through.
 *
 * **Details**
 *
 * A step that was released is never changed. Tables without row ids keep the events of a journal side by side, in the
 * order in which they are read.
 */
export const migrations: ReadonlyArray<string> = [
  `
  CREATE TABLE journal_event (
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    seq_nr INTEGER NOT NULL CHECK (seq_nr ${safe}),
    record_id TEXT NOT NULL,
    log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL CHECK (log_offset ${safe}),
    timestamp INTEGER NOT NULL,
    origin TEXT,
    version TEXT,
    tags TEXT,
    headers TEXT,
    metadata_header TEXT,
    metadata_payload TEXT,
    expire_after TEXT,
    payload_type TEXT,
    payload_text TEXT,
    payload_binary BLOB,
    PRIMARY KEY (topic, id, seq_nr)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE journal_head (
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL CHECK (log_offset ${safe}),
    seq_nr INTEGER NOT NULL CHECK (seq_nr ${safe}),
    delete_to INTEGER NOT NULL CHECK (delete_to ${safe}),
    record_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    expire_after TEXT,
    expire_on TEXT,
    origin TEXT,
    PRIMARY KEY (topic, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE journal_pointer (
    topic TEXT NOT NULL,
    log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL CHECK (log_offset ${safe}),
    PRIMARY KEY (topic, log_partition)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE INDEX journal_head_expiry ON journal_head (topic, expire_on, id) WHERE expire_on IS NOT NULL;
  `
]

const component = "journal"

const otherVersion = (operation: string, version: number, known: number): JournalStoreError =>
  new JournalStoreError({
    reason: "Schema",
    operation,
    message: `The journal's tables are of version ${version}, and this program works with version ${known}: upgrade it, or open another file.`
  })

/** Reads the version of the journal's tables; 0 when there are none yet. */
export const readVersion = (database: DatabaseSync): number => {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'").get()
  if (table === undefined) return 0
  const row = database.prepare("SELECT version FROM schema_version WHERE component = ?").get(component)
  return row === undefined ? 0 : Number(row["version"])
}

/**
 * Brings the journal's tables to the version that this program knows, by the steps that the file has not been through.
 *
 * **Details**
 *
 * All steps are one transaction, which begins by locking out other writers: of several processes that open one file,
 * one does the steps and the others find them done. Throws a `JournalStoreError` of reason `Schema` when the tables are
 * of a later version.
 */
export const migrate = (database: DatabaseSync, steps: ReadonlyArray<string> = migrations): void => {
  const found = readVersion(database)
  if (found > steps.length) throw otherVersion("open", found, steps.length)
  if (found === steps.length) return
  transaction(database, () => {
    const version = readVersion(database)
    if (version > steps.length) throw otherVersion("open", version, steps.length)
    for (const step of steps.slice(version)) database.exec(step)
    database.exec(
      "CREATE TABLE IF NOT EXISTS schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
    )
    database
      .prepare(
        "INSERT INTO schema_version (component, version) VALUES (?, ?) " +
          "ON CONFLICT (component) DO UPDATE SET version = excluded.version"
      )
      .run(component, steps.length)
  })
}

/** Throws a `JournalStoreError` of reason `Schema` unless the tables of the file are of the version that this program knows. */
export const refuseOtherVersion = (database: DatabaseSync, path: string): void => {
  const version = readVersion(database)
  if (version > migrations.length) throw otherVersion("open", version, migrations.length)
  if (version === migrations.length) return
  const found = version === 0 ? "has no journal's tables" : `has a journal's tables of version ${version}`
  throw new JournalStoreError({
    reason: "Schema",
    operation: "open",
    message: `SQLite file ${path} ${found}, and this program reads version ${migrations.length}: let a replicator open it, which brings it there.`
  })
}

/** Makes the check, for each write, that no newer program has migrated the file since it was opened. */
export const versionCheck = (database: DatabaseSync): (() => void) => {
  const statement = database.prepare("SELECT version FROM schema_version WHERE component = ?")
  return () => {
    const version = Number(statement.get(component)?.["version"] ?? 0)
    if (version !== migrations.length) throw otherVersion("write", version, migrations.length)
  }
}
