import { accessSync, constants, existsSync } from "node:fs"
import { dirname } from "node:path"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import { JournalStoreError } from "../../../core/ports/index.ts"
import type { EventRecord, EventsRequest, ExpiredRequest, ExpiringJournal } from "../../../core/ports/index.ts"
import type { JournalHead, JournalKey, JournalStore, WriteStep } from "../../../core/ports/index.ts"
import { fencedPointer, headsOf } from "../../../core/store/index.ts"
import { eventOf, expiringOf, headOf, idOf, pointerOf } from "../SqlRows.ts"
import { writesOf } from "../SqlWrites.ts"
import { statementsFor } from "../Statements.ts"
import type { StatementName } from "../Statements.ts"
import { loadNodeSqlite } from "./NodeSqlite.ts"
import { storeError } from "./SqliteError.ts"
import { migrate, migrations, readVersion, refuseOtherVersion, versionCheck } from "./SqliteSchema.ts"
import { transaction } from "./Transaction.ts"

/**
 * Settings of a journal's store in an SQLite file.
 *
 * **Details**
 *
 * `path` names the file, which is created when it is missing; its folder is not. `busyTimeoutMs` (5000) is how long an
 * operation tries again while another process has the file locked. With `readOnly` the file has to be there with the
 * tables that this program knows, nothing of it is changed, and writes fail; SQLite itself may leave the empty `-wal` and
 * the `-shm` of its write-ahead log beside the file, and needs to be allowed to.
 */
export interface SqliteStoreOptions {
  readonly path: string
  readonly busyTimeoutMs?: number
  readonly readOnly?: boolean
}

type Prepared = Readonly<Record<StatementName, StatementSync>>

/** Text is read as its bytes: some versions of Node cut text that they read at a U+0000. */
const statements = statementsFor({
  readText: (column) => `CAST(${column} AS BLOB)`,
  table: (name) => name,
  parameter: () => "?"
})

/** Whether this process may write to the file, and make those that belong to it beside it. */
const isWritable = (path: string): boolean => {
  try {
    for (const each of [path, dirname(path)]) accessSync(each, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** How long to wait before a locked file is tried again, in milliseconds. */
const retryDelayMs = 5

/** Opens and prepares the file; nothing stays open when it throws. */
const connect = (path: string, readOnly: boolean): DatabaseSync => {
  const sqlite = loadNodeSqlite()
  if (sqlite === undefined) {
    const message = "This Node was built without SQLite: use one that has node:sqlite, or another store."
    throw new JournalStoreError({ reason: "Failed", operation: "open", message })
  }
  if (readOnly && !existsSync(path) && existsSync(dirname(path))) {
    const message = `SQLite file ${path} does not exist: let a replicator make it, or name another.`
    throw new JournalStoreError({ reason: "Failed", operation: "open", message })
  }
  const database = new sqlite.DatabaseSync(path, { timeout: 0, readOnly })
  try {
    if (readOnly) {
      refuseOtherVersion(database, path)
      return database
    }
    const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"]
    if (mode !== "wal") {
      const message = `SQLite file ${path} cannot have a write-ahead log (its journal mode is ${mode}): put it on a local disk.`
      throw new JournalStoreError({ reason: "Failed", operation: "open", message })
    }
    database.exec("PRAGMA synchronous = NORMAL")
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const fenced = (prepared: Prepared, step: Extract<WriteStep, { readonly _tag: "PutPointer" }>): JournalStoreError => {
  const row = prepared.pointer.get(step.topic, step.partition)
  return fencedPointer(step, row === undefined ? undefined : pointerOf(step.topic, step.partition, row))
}

const carryOut = (prepared: Prepared, step: WriteStep): void => {
  for (const { statement, parameters } of writesOf(step)) {
    const { changes } = prepared[statement].run(...parameters)
    if (step._tag === "PutPointer" && changes !== 1) throw fenced(prepared, step)
  }
}

const prepareAll = (database: DatabaseSync): Prepared => ({
  putEvent: database.prepare(statements.putEvent),
  removeEvents: database.prepare(statements.removeEvents),
  events: database.prepare(statements.events),
  putHead: database.prepare(statements.putHead),
  removeHead: database.prepare(statements.removeHead),
  head: database.prepare(statements.head),
  ids: database.prepare(statements.ids),
  idsAfter: database.prepare(statements.idsAfter),
  expired: database.prepare(statements.expired),
  expiredAfter: database.prepare(statements.expiredAfter),
  addPointer: database.prepare(statements.addPointer),
  movePointer: database.prepare(statements.movePointer),
  pointer: database.prepare(statements.pointer)
})

/**
 * Opens a journal's store in an SQLite file of this machine, and closes it with the scope.
 *
 * **When to use**
 *
 * For journals on one machine. Any number of processes may have one file open, readers and replicators alike; readers
 * never wait for a writer.
 *
 * **Details**
 *
 * A write is one transaction. The file has a write-ahead log with `synchronous = NORMAL`: a process that dies loses
 * nothing; a machine that loses power may lose the last transactions, whole and from the end. That is harmless, because
 * the pointer goes with the events that it vouches for, and replication continues from the pointer; it saves a sync for
 * each write. While another process has the file locked, an operation tries again without blocking this process, for
 * `busyTimeoutMs`, and then fails with `Unreachable`.
 *
 * **Gotchas**
 *
 * The file needs shared memory between the processes that have it open: no network file systems.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const store = yield* SqliteStore.open({ path: "journal.db" })
 *   return yield* store.head({ topic: "orders", id: "order-17" })
 * })
 * Effect.runPromise(Effect.scoped(program))
 * ```
 */
const open = Effect.fnUntraced(function* (
  options: SqliteStoreOptions
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const { path, busyTimeoutMs = 5000, readOnly = false } = options
  const policy = {
    while: (error: JournalStoreError) => error.reason === "Unreachable",
    schedule: Schedule.upTo(Schedule.spaced(retryDelayMs), { duration: busyTimeoutMs })
  }
  const attempt = <A>(operation: string, work: () => A): Effect.Effect<A, JournalStoreError> =>
    Effect.retry(Effect.try({ try: work, catch: (cause) => storeError(operation, path, busyTimeoutMs, cause) }), policy)

  const database = yield* Effect.acquireRelease(
    attempt("open", () => connect(path, readOnly)),
    (opened) => Effect.sync(() => opened.close())
  )
  const prepared = yield* attempt("open", () => prepareAll(database))
  const checkVersion = yield* attempt("open", () => versionCheck(database))

  const pointer = (topic: string, partition: number): number | undefined => {
    const row = prepared.pointer.get(topic, partition)
    return row === undefined ? undefined : pointerOf(topic, partition, row)
  }

  const head = (key: JournalKey): JournalHead | undefined => {
    const row = prepared.head.get(key.topic, key.id)
    return row === undefined ? undefined : headOf(key, row)
  }

  const events = ({ key, from, to, limit }: EventsRequest): ReadonlyArray<EventRecord> =>
    prepared.events.all(key.topic, key.id, from, to, limit).map((row) => eventOf(key, row))

  const ids = (topic: string, after: string | undefined, limit: number): ReadonlyArray<string> =>
    (after === undefined ? prepared.ids.all(topic, limit) : prepared.idsAfter.all(topic, after, limit)).map((row) =>
      idOf(topic, row)
    )

  const expired = ({ after, limit, onOrBefore, topic }: ExpiredRequest): ReadonlyArray<ExpiringJournal> =>
    (after === undefined
      ? prepared.expired.all(topic, onOrBefore, limit)
      : prepared.expiredAfter.all(topic, onOrBefore, after.expireOn, after.id, limit)
    ).map((row) => expiringOf(topic, row))

  const write = (steps: ReadonlyArray<WriteStep>): void =>
    transaction(database, () => {
      checkVersion()
      for (const step of steps) carryOut(prepared, step)
    })

  return {
    atomic: true,
    pointer: (topic, partition) => attempt("pointer", () => pointer(topic, partition)),
    head: (key) => attempt("head", () => head(key)),
    heads: (topic, ids) => attempt("heads", () => headsOf(ids, (id) => head({ topic, id }))),
    events: (request) => attempt("events", () => events(request)),
    ids: (topic, after, limit) => attempt("ids", () => ids(topic, after, limit)),
    expired: (request) => attempt("expired", () => expired(request)),
    write: (steps) => (steps.length === 0 ? Effect.void : attempt("write", () => write(steps))),
    check: attempt("check", () => ({
      schema: { version: readVersion(database), expected: migrations.length },
      missingRights: isWritable(path) ? [] : [`this process the right to write to ${path} and its folder`]
    }))
  }
})

/** Opens stores in SQLite files: {@link open}. */
export const SqliteStore = { open } as const
