import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import type { JournalStoreError } from "../../../core/ports/index.ts"
import type { EventRecord, EventsRequest, ExpiredRequest, ExpiringJournal } from "../../../core/ports/index.ts"
import type { JournalHead, JournalKey, JournalStore } from "../../../core/ports/index.ts"
import { isBusy, readOnlyError, toStoreError } from "../../../core/store/index.ts"
import { eventOf, expiringOf, headOf, idOf, pointerOf } from "../SqlRows.ts"
import type { SqlRow } from "../SqlRows.ts"
import { Connections } from "./Connections.ts"
import type { Parameter, Statement } from "./Connections.ts"
import { readHeads } from "./HeadReads.ts"
import { openPool } from "./OwnPool.ts"
import { loadPg } from "./PgModule.ts"
import { requestFailure } from "./PostgresError.ts"
import { readHealth } from "./PostgresHealth.ts"
import { accessOf, poolConfig } from "./PostgresOptions.ts"
import type { Access, PostgresAccess } from "./PostgresOptions.ts"
import { migrate, refuseOther } from "./PostgresSchema.ts"
import { positionsOf } from "./Positions.ts"
import type { ReplicatedPosition } from "./Positions.ts"
import { postgresStatements } from "./PostgresStatements.ts"
import { keyOf } from "./StoredText.ts"
import { decoded, writeSteps } from "./Writes.ts"

/**
 * Settings of a journal's store in PostgreSQL. With `readOnly` the tables have to be there, nothing is changed, and writes
 * fail.
 */
export interface PostgresStoreOptions extends PostgresAccess {
  readonly readOnly?: boolean
}

/** How long it may take to close the connections in good order, in milliseconds. */
const closeMsOf = ({ requestMs }: Access): number => Math.min(1000, requestMs / 2)

/** Opens the connections of a store; none is made before it is needed. */
const connect = Effect.fnUntraced(function* (
  options: PostgresAccess
): Effect.fn.Return<Connections, JournalStoreError, Scope> {
  const access = yield* Effect.try({
    try: () => accessOf(options),
    catch: (cause) => requestFailure("open", "PostgreSQL", "", cause).error
  })
  if (options.pool !== undefined) return new Connections(options.pool, access)
  const made = yield* openPool(yield* loadPg, poolConfig(options, access), closeMsOf(access))
  return new Connections(made, access)
})

/**
 * Opens a journal's store in PostgreSQL (13 or later), and closes its connections with the scope.
 *
 * **When to use**
 *
 * For journals whose readers and replicators run on several machines, beside a PostgreSQL that is there anyway.
 *
 * **Details**
 *
 * A write is one transaction, which begins by locking the pointer and looking at it: of several replicators of a
 * partition, those that are out of date write nothing. A read is one statement, and waits for no writer. Tables are made
 * where they are missing, in a schema of their own. What was lost or in the way of others is repeated; a write whose
 * answer was lost is not, since it may be done: it fails with `Unreachable`, and the pointer tells.
 *
 * **Gotchas**
 *
 * Statements are prepared: a pooler between the two has to know of prepared statements, or to give out sessions.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const store = yield* PostgresStore.open({ host: "db.example.org", database: "app", user: "journal" })
 *   return yield* store.head({ topic: "orders", id: "order-17" })
 * })
 * Effect.runPromise(Effect.scoped(program))
 * ```
 */
const open = Effect.fnUntraced(function* (
  options: PostgresStoreOptions
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const { readOnly = false } = options
  const connections = yield* connect(options)
  const { access } = connections
  const statements = postgresStatements(access.schema)

  /** Reads rows with one statement, and decodes them. */
  const read = <A>(
    operation: string,
    statement: Statement,
    parameters: ReadonlyArray<Parameter>,
    decode: (rows: ReadonlyArray<SqlRow>) => A
  ): Effect.Effect<A, JournalStoreError> =>
    toStoreError(
      Effect.flatMap(connections.read(operation, statement, parameters), (rows) =>
        decoded(operation, connections, () => decode(rows))
      )
    )

  const pointer = (topic: string, partition: number): Effect.Effect<number | undefined, JournalStoreError> =>
    read("pointer", statements.pointer, [topic, partition], ([row]) =>
      row === undefined ? undefined : pointerOf(topic, partition, row)
    )

  const head = (key: JournalKey): Effect.Effect<JournalHead | undefined, JournalStoreError> =>
    read("head", statements.head, [key.topic, keyOf(key.id)], ([row]) =>
      row === undefined ? undefined : headOf(key, row)
    )

  const events = ({
    from,
    key,
    limit,
    to
  }: EventsRequest): Effect.Effect<ReadonlyArray<EventRecord>, JournalStoreError> =>
    read("events", statements.events, [key.topic, keyOf(key.id), from, to, limit], (rows) =>
      rows.map((row) => eventOf(key, row))
    )

  const ids = (
    topic: string,
    after: string | undefined,
    limit: number
  ): Effect.Effect<ReadonlyArray<string>, JournalStoreError> => {
    const decode = (rows: ReadonlyArray<SqlRow>): ReadonlyArray<string> => rows.map((row) => idOf(topic, row))
    return after === undefined
      ? read("ids", statements.ids, [topic, limit], decode)
      : read("ids", statements.idsAfter, [topic, keyOf(after), limit], decode)
  }

  const expired = ({
    after,
    limit,
    onOrBefore,
    topic
  }: ExpiredRequest): Effect.Effect<ReadonlyArray<ExpiringJournal>, JournalStoreError> => {
    const decode = (rows: ReadonlyArray<SqlRow>): ReadonlyArray<ExpiringJournal> =>
      rows.map((row) => expiringOf(topic, row))
    return after === undefined
      ? read("expired", statements.expired, [topic, onOrBefore, limit], decode)
      : read("expired", statements.expiredAfter, [topic, onOrBefore, after.expireOn, keyOf(after.id), limit], decode)
  }

  const prepare = connections.once("open", (session) =>
    readOnly ? refuseOther(session, access) : migrate(session, access)
  )
  // A server that is not there will not be there in a moment.
  yield* toStoreError(connections.persist(prepare, isBusy))

  return {
    atomic: true,
    pointer,
    head,
    heads: (topic, ids) => toStoreError(readHeads(connections, statements, topic, ids)),
    events,
    ids,
    expired,
    write: (steps) => {
      if (readOnly) return Effect.fail(readOnlyError(access.place))
      return steps.length === 0 ? Effect.void : toStoreError(writeSteps(connections, statements, steps))
    },
    check: toStoreError(connections.persist(connections.once("check", (session) => readHealth(session, access))))
  }
})

/**
 * Tells how far each partition of a topic is replicated: first where all of them stand, then whenever one moves.
 *
 * **When to use**
 *
 * Where another process replicates, and one wants to know at once that what it appended can be seen in the store.
 *
 * **Details**
 *
 * A position is told once the transaction that moved the pointer is committed (`NOTIFY`), without polling. Of positions
 * that nobody takes in time only the last of each partition is kept. One connection is used all the time; when it is lost
 * another is made, and looks at all pointers first. The stream fails with `Unreachable` where that does not succeed for
 * `patienceMs`.
 *
 * **Example**
 *
 * ```ts
 * const replicated = PostgresStore.positions({ database: "app" }, "orders").pipe(
 *   Stream.filter(({ offset, partition }) => partition === 3 && offset >= 41),
 *   Stream.take(1),
 *   Stream.runDrain
 * )
 * ```
 */
const positions = (options: PostgresAccess, topic: string): Stream.Stream<ReplicatedPosition, JournalStoreError> =>
  Stream.unwrap(Effect.map(connect(options), (connections) => positionsOf(connections, topic)))

/** Opens stores in PostgreSQL: {@link open}; tells how far they are replicated: {@link positions}. */
export const PostgresStore = { open, positions } as const
