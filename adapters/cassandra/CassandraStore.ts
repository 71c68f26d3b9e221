import type { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import { readOnlyError, toStoreError, writeStages } from "../../core/store/index.ts"
import { openClient, valueEncoding } from "./CassandraClient.ts"
import type { CassandraTls } from "./CassandraClient.ts"
import { describeKeyspace } from "./CassandraError.ts"
import type { KeyspacePlace, RequestFailure } from "./CassandraError.ts"
import { loadCassandra } from "./CassandraModule.ts"
import type { Cassandra } from "./CassandraModule.ts"
import type { Context } from "./Context.ts"
import { CqlRequests } from "./CqlRequests.ts"
import type { Consistencies } from "./CqlRequests.ts"
import { readEvents } from "./EventReads.ts"
import type { WriteStage } from "../../core/store/index.ts"
import { putEvents, removeEvents } from "./EventWrites.ts"
import { putHeads, readHead, readHeads, removeHeads } from "./Heads.ts"
import { readExpired, readIds } from "./JournalIds.ts"
import { openSchema } from "./KeyspaceSchema.ts"
import { lastStep, readVersion } from "./Migrations.ts"
import { readClock } from "./ServerClock.ts"
import { putPointer, readPointer } from "./Pointers.ts"
import { defaultSegmentSize } from "./Segments.ts"
import { isKeyspaceName, statementsOf } from "./Statements.ts"
import { WriteClock } from "./WriteClock.ts"

/** How many replicas have to answer. Those whose names begin with `local` count the near data centre only. */
export type CassandraConsistency =
  | "one"
  | "two"
  | "three"
  | "quorum"
  | "all"
  | "localOne"
  | "localQuorum"
  | "eachQuorum"

/**
 * Settings of a journal's store in a keyspace of Cassandra.
 *
 * **Details**
 *
 * `contactPoints` are hosts with or without a port (9042), `localDataCenter` names the near data centre and may be left
 * out where there is one. `consistency` (`localQuorum` both ways) must be such that a read sees every write:
 * what is read and what is written together are more than all replicas. `autoCreate` says what is made where it is
 * missing (both), `replication` how a keyspace that is made is replicated, as CQL writes it (one replica). With `readOnly`
 * the tables have to be there, and writes fail. `segmentSize` (10 000, at least 2) is how many events a partition of a
 * journal holds that begins here. `requestTimeoutMs` (5000) is how long one request may take, `patienceMs` (15 000)
 * how long requests that were lost, late or refused by busy nodes are repeated before the operation fails with
 * `Unreachable`; a replicator gives an operation 30 s altogether. `client` takes the place of the driver's own, with your
 * settings: give it the `encoding` that is in {@link valueEncoding}, and close it yourself.
 */
export interface CassandraStoreOptions {
  readonly keyspace: string
  readonly contactPoints?: ReadonlyArray<string>
  readonly localDataCenter?: string
  readonly credentials?: { readonly username: string; readonly password: string }
  readonly tls?: CassandraTls
  readonly consistency?: { readonly read?: CassandraConsistency; readonly write?: CassandraConsistency }
  readonly autoCreate?: { readonly keyspace?: boolean; readonly tables?: boolean }
  readonly replication?: string
  readonly readOnly?: boolean
  readonly segmentSize?: number
  readonly requestTimeoutMs?: number
  readonly patienceMs?: number
  readonly client?: Client
}

const oneReplica = "{'class': 'SimpleStrategy', 'replication_factor': 1}"

const failed = (message: string): JournalStoreError =>
  new JournalStoreError({ reason: "Failed", operation: "open", message })

const checked = ({ client, contactPoints = [], keyspace, segmentSize = 2 }: CassandraStoreOptions) => {
  if (!isKeyspaceName(keyspace)) {
    return failed(`"${keyspace}" names no keyspace: write letters, digits and underscores, at most 48, a letter first.`)
  }
  if (client === undefined && contactPoints.length === 0) {
    return failed("No host of Cassandra is named: say at least one in contactPoints.")
  }
  if (!Number.isSafeInteger(segmentSize) || segmentSize < 2 || segmentSize >= 2 ** 31) {
    return failed(`A segment of ${segmentSize} events cannot be: write a whole number from 2 to 2147483647.`)
  }
  return undefined
}

const consistencies = ({ types }: Cassandra, { consistency = {} }: CassandraStoreOptions): Consistencies => {
  const { read = "localQuorum", write = "localQuorum" } = consistency
  const { consistencies: codes } = types
  return {
    read: codes[read],
    write: codes[write],
    serial: write.startsWith("local") ? codes.localSerial : codes.serial
  }
}

/**
 * Opens a journal's store in a keyspace of Cassandra, and closes its client with the scope.
 *
 * **When to use**
 *
 * For journals whose readers and replicators run on several machines, and for tables that kafka-journal has made: they are
 * the same, and both programs may use them at one time.
 *
 * **Details**
 *
 * The store is not atomic: a step at a time is written, events before the head that promises them and the pointer last,
 * and any of them can be done again. The pointer is moved by a lightweight transaction, so that a replicator that is
 * out of date is fenced there; heads and events are not fenced, so that a replicator looks at the pointer before it
 * writes where it has not done so lately. Rows count for a journal only where they have the record id of its head. Every
 * wait has a deadline.
 *
 * **Gotchas**
 *
 * A read looks through up to 1000 segments in a row that have no event, which are 10 million numbers; behind a wider gap
 * it fails. The tags of an event are a set in these tables: their order is kept beside it.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const store = yield* CassandraStore.open({
 *     contactPoints: ["cassandra-1.example.com", "cassandra-2.example.com"],
 *     localDataCenter: "dc1",
 *     keyspace: "journal"
 *   })
 *   return yield* store.head({ topic: "orders", id: "order-17" })
 * })
 * Effect.runPromise(Effect.scoped(program))
 * ```
 */
const open = Effect.fnUntraced(function* (
  options: CassandraStoreOptions
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const { autoCreate = {}, client, contactPoints = [], patienceMs = 15_000, readOnly = false } = options
  const { replication = oneReplica, requestTimeoutMs: requestMs = 5000, segmentSize = defaultSegmentSize } = options
  const wrong = checked(options)
  if (wrong !== undefined) return yield* wrong
  const module = yield* loadCassandra
  const place: KeyspacePlace = { keyspace: options.keyspace.toLowerCase(), contactPoints }
  const used = client ?? (yield* toStoreError(openClient(module, { ...options, contactPoints, requestMs }, place)))
  const context: Context = {
    module,
    requests: new CqlRequests(used, place, { requestMs, patienceMs }, consistencies(module, options)),
    statements: statementsOf(place.keyspace),
    clock: new WriteClock(),
    segmentSize
  }
  const { keyspace = true, tables = true } = autoCreate
  yield* toStoreError(openSchema(context, { keyspace, tables, replication }, readOnly))

  const carryOut = (stage: WriteStage): Effect.Effect<void, RequestFailure> => {
    const { putEvents: events, putHeads: heads, putPointers, removeEvents: removals, removeHeads: gone } = stage
    const writes = [
      ...(events.length === 0 ? [] : [putEvents(context, events)]),
      ...(heads.length === 0 ? [] : [putHeads(context, heads)]),
      ...removals.map((step) => removeEvents(context, step)),
      ...(gone.length === 0 ? [] : [removeHeads(context, gone)]),
      ...putPointers.map((step) => putPointer(context, step))
    ]
    const [only] = writes
    return only !== undefined && writes.length === 1
      ? only
      : Effect.forEach(writes, (write) => write, { concurrency: "unbounded", discard: true })
  }

  return {
    atomic: false,
    pointer: (topic, partition) => toStoreError(readPointer(context, "pointer", topic, partition)),
    head: (key) => toStoreError(readHead(context, "head", key)),
    heads: (topic, ids) => toStoreError(readHeads(context, topic, ids)),
    events: (request) => toStoreError(readEvents(context, request)),
    ids: (topic, after, limit) => toStoreError(readIds(context, topic, after, limit)),
    expired: (request) => toStoreError(readExpired(context, request)),
    write: (steps) =>
      readOnly
        ? Effect.fail(readOnlyError(describeKeyspace(place)))
        : toStoreError(Effect.forEach(writeStages(steps), carryOut, { discard: true })),
    check: toStoreError(
      Effect.zipWith(readVersion(context, "check"), readClock(context, "check"), (version, now) => ({
        schema: { version, expected: lastStep },
        now
      }))
    )
  }
})

/** Opens stores in keyspaces of Cassandra: {@link open}. `valueEncoding` is what a client of your own needs. */
export const CassandraStore = { open, valueEncoding } as const
