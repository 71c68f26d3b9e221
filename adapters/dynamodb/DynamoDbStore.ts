import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { JournalStoreError } from "../../core/ports/index.ts"
import type { EventRecord, EventsRequest } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import { readOnlyError, toStoreError, writeStages } from "../../core/store/index.ts"
import type { WriteStage } from "../../core/store/index.ts"
import { describeTable } from "./DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import { loadDynamoDb } from "./DynamoDbModule.ts"
import type { DynamoDb } from "./DynamoDbModule.ts"
import { readEvents } from "./EventReads.ts"
import { putEvents, removeEvents } from "./EventWrites.ts"
import { readHead, readPointer, whose } from "./HeadReads.ts"
import { readHeads } from "./HeadBatches.ts"
import { putHeads, removeHead } from "./HeadWrites.ts"
import { readExpired, readIds } from "./JournalIds.ts"
import { putPointer } from "./PointerWrites.ts"
import { findLayout, layoutVersion, readLayout } from "./TableLayout.ts"
import { TableRequests } from "./TableRequests.ts"
import { openTable } from "./TableSchema.ts"

/**
 * Settings of a journal's store in a table of DynamoDB.
 *
 * **Details**
 *
 * `table` is made when it is missing, billed by request. `endpoint` is the address of another DynamoDB than the
 * region's, such as `http://127.0.0.1:8000`; one on this machine needs no credentials. With `readOnly` the table has to
 * be there, and writes fail. `requestTimeoutMs` (5000) is how long one request may take, `patienceMs` (15 000) how long
 * requests that were throttled, lost or late are repeated before the operation fails with `Unreachable`; a replicator
 * gives an operation 30 s altogether. `client` takes the place of the driver's own, with your credentials and settings:
 * give it `maxAttempts: 1`, since the store repeats requests itself, and close it yourself.
 */
export interface DynamoDbStoreOptions {
  readonly table: string
  readonly region: string
  readonly endpoint?: string
  readonly readOnly?: boolean
  readonly requestTimeoutMs?: number
  readonly patienceMs?: number
  readonly client?: DynamoDBClient
}

/** How many steps of a write are under way at once, beside those that are sent together. */
const stepsAtOnce = 16

/** A DynamoDB on this machine asks for credentials and believes any. */
const anyCredentials = { accessKeyId: "local", secretAccessKey: "local" }

const isLocal = (endpoint: string): boolean => {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : ""
  return host === "localhost" || host === "[::1]" || host.startsWith("127.")
}

const makeClient = (module: DynamoDb, { endpoint, region }: DynamoDbStoreOptions): DynamoDBClient => {
  const needsNone = endpoint !== undefined && isLocal(endpoint) && process.env["AWS_ACCESS_KEY_ID"] === undefined
  return new module.DynamoDBClient({
    region,
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(needsNone ? { credentials: anyCredentials } : {})
  })
}

/**
 * Opens a journal's store in a table of DynamoDB, and closes its client with the scope.
 *
 * **When to use**
 *
 * For journals whose readers and replicators run on several machines, on AWS or against DynamoDB Local.
 *
 * **Details**
 *
 * One table holds the events (an item each, large ones in several), the heads, the pointers and the layout's version.
 * The store is not atomic: a step at a time is written, events before the head that promises them and the pointer last,
 * and any of them can be done again. All reads are consistent, none is a scan, and every wait has a deadline. A
 * replicator that is out of date is fenced at the head and at the pointer; events are kept by incarnation, so that a late
 * one cannot touch those of a journal that was purged and begun again.
 *
 * **Gotchas**
 *
 * An id of more than 900 bytes costs nothing more, but is written out in its head. One journal takes about 1000 KB of
 * events a second, which is what DynamoDB gives to one key.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const store = yield* DynamoDbStore.open({ region: "eu-west-1", table: "journal" })
 *   return yield* store.head({ topic: "orders", id: "order-17" })
 * })
 * Effect.runPromise(Effect.scoped(program))
 * ```
 */
const open = Effect.fnUntraced(function* (
  options: DynamoDbStoreOptions
): Effect.fn.Return<JournalStore, JournalStoreError, Scope> {
  const { client, endpoint, patienceMs = 15_000, readOnly = false, region, requestTimeoutMs = 5000, table } = options
  const module = yield* loadDynamoDb
  const place: TablePlace = { table, region, endpoint }
  const used =
    client ??
    (yield* Effect.acquireRelease(
      Effect.sync(() => makeClient(module, options)),
      (made) => Effect.sync(() => made.destroy())
    ))
  const requests = new TableRequests(module, used, place, { requestMs: requestTimeoutMs, patienceMs })
  const { buckets } = yield* readOnly ? findLayout(requests) : openTable(requests)

  /** The events of one incarnation; what an earlier one has left behind is not the journal's. */
  const events = (request: EventsRequest): Effect.Effect<ReadonlyArray<EventRecord>, RequestFailure> => {
    const head =
      request.head === undefined ? readHead(requests, buckets, "events", request.key) : Effect.succeed(request.head)
    return Effect.flatMap(head, (found) => readEvents(requests, request, whose(found)))
  }

  const carryOut = (stage: WriteStage): Effect.Effect<void, RequestFailure> => {
    const { putEvents: events, putHeads: heads, putPointers, removeEvents: removals, removeHeads } = stage
    const writes = [
      putEvents(requests, events),
      putHeads(requests, buckets, heads),
      ...removals.map((step) => removeEvents(requests, step)),
      ...removeHeads.map((step) => removeHead(requests, buckets, step)),
      ...putPointers.map((step) => putPointer(requests, step))
    ]
    return Effect.forEach(writes, (write) => write, { concurrency: stepsAtOnce, discard: true })
  }

  return {
    atomic: false,
    pointer: (topic, partition) => toStoreError(readPointer(requests, "pointer", topic, partition)),
    head: (key) => toStoreError(readHead(requests, buckets, "head", key)),
    heads: (topic, ids) => toStoreError(readHeads(requests, buckets, topic, ids)),
    events: (request) => toStoreError(events(request)),
    ids: (topic, after, limit) => toStoreError(readIds(requests, buckets, topic, after, limit)),
    expired: (request) => toStoreError(readExpired(requests, buckets, request)),
    write: (steps) =>
      readOnly
        ? Effect.fail(readOnlyError(describeTable(place)))
        : toStoreError(Effect.forEach(writeStages(steps), carryOut, { discard: true })),
    check: toStoreError(
      Effect.map(readLayout(requests, "check"), (layout) => ({
        schema: { version: layout?.version ?? 0, expected: layoutVersion }
      }))
    )
  }
})

/** Opens stores in tables of DynamoDB: {@link open}. */
export const DynamoDbStore = { open } as const
