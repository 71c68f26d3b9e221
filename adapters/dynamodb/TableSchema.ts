import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../core/ports/index.ts"
import { failureOf, isBusy, later, mayPass, toStoreError } from "../../core/store/index.ts"
import { describeTable } from "./DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import type { FoundItem, Item } from "./Item.ts"
import type { ItemReads } from "./ItemReads.ts"
import { schemaKey } from "./Keys.ts"
import type { TableRequests } from "./TableRequests.ts"

/** The layout of a table: its version, and over how many buckets the heads of a topic are spread. */
export interface TableLayout {
  readonly version: number
  readonly buckets: number
}

/** The version of the layout that this program reads and writes. */
export const layoutVersion = 1

/** How many buckets a new table has; a table keeps the number that it was made with. */
const newBuckets = 16

/** How long a table may take to be made, in milliseconds; DynamoDB takes seconds. */
const creationMs = 120_000

const schemaError = (place: TablePlace, message: string): JournalStoreError =>
  new JournalStoreError({ reason: "Schema", operation: "open", message: `${describeTable(place)} ${message}` })

const integer = (item: FoundItem, name: string): number => Number(item[name]?.N)

/** Reads the layout that the table says it has; `undefined` when it says nothing. What is not there is not waited for. */
export const readLayout = (
  requests: ItemReads,
  operation: string
): Effect.Effect<TableLayout | undefined, RequestFailure> =>
  Effect.flatMap(requests.get(operation, schemaKey, isBusy), (item) => {
    if (item === undefined) return Effect.succeed(undefined)
    const layout = { version: integer(item, "version"), buckets: integer(item, "buckets") }
    if (Number.isSafeInteger(layout.version) && Number.isSafeInteger(layout.buckets) && layout.buckets > 0) {
      return Effect.succeed(layout)
    }
    const error = schemaError(
      requests.place,
      "says nothing useful of its layout: name another table, or restore its item `schema`."
    )
    return Effect.fail<RequestFailure>({ kind: "Refused", error })
  })

const known = (place: TablePlace, layout: TableLayout): Effect.Effect<TableLayout, JournalStoreError> =>
  layout.version === layoutVersion
    ? Effect.succeed(layout)
    : Effect.fail(
        schemaError(
          place,
          `has a journal's items of version ${layout.version}, and this program knows version ${layoutVersion}: use a program of the table's version.`
        )
      )

const absent = (place: TablePlace): JournalStoreError =>
  schemaError(place, "holds no journals: let a replicator open it, which prepares it, or name another table.")

/** Finds the layout of a table that is there; fails with `Schema` when it is not a journal's, or of another version. */
export const findLayout = (reads: ItemReads): Effect.Effect<TableLayout, JournalStoreError> =>
  Effect.flatMap(toStoreError(readLayout(reads, "open")), (layout) =>
    layout === undefined ? Effect.fail(absent(reads.place)) : known(reads.place, layout)
  )

/** Waits until the table can be used. */
const untilActive = (requests: TableRequests): Effect.Effect<void, RequestFailure> => {
  const look = Effect.flatMap(requests.describe("open"), (table) => {
    if (table?.TableStatus === "ACTIVE" || table?.TableStatus === "UPDATING") return Effect.void
    const message = `${describeTable(requests.place)} is still not ready (${table?.TableStatus ?? "no status"}): try again in a minute.`
    return Effect.fail<RequestFailure>(failureOf("open", later(message)))
  })
  return requests.persist(look, creationMs, (failure) => failure.kind === "NoTable" || mayPass(failure))
}

/** Makes the table; somebody else may be making it at the same time. */
const create = (requests: TableRequests): Effect.Effect<void, RequestFailure> =>
  Effect.andThen(
    Effect.catchIf(
      requests.create("open"),
      ({ kind }) => kind === "TableInUse",
      () => Effect.void
    ),
    untilActive(requests)
  )

/** Writes the layout into a table that has none; of several programs that do so at once, one decides. */
const begin = (requests: TableRequests): Effect.Effect<TableLayout | undefined, RequestFailure> => {
  const item: Item = {
    pk: { S: schemaKey.pk },
    sk: { S: schemaKey.sk },
    version: { N: String(layoutVersion) },
    buckets: { N: String(newBuckets) }
  }
  const put = Effect.catchIf(
    requests.put("open", item, { expression: "attribute_not_exists(pk)" }),
    ({ kind }) => kind === "Condition",
    () => Effect.void
  )
  // A table that was ready a moment ago may not be known to all of DynamoDB yet.
  const known = requests.persist(put, creationMs, ({ kind }) => kind === "NoTable")
  return Effect.andThen(known, readLayout(requests, "open"))
}

/**
 * Finds the layout of the table, and makes the table and its layout where they are missing.
 *
 * **Details**
 *
 * Fails with `Schema` when the table is not a journal's, or of another version.
 */
export const openTable = (requests: TableRequests): Effect.Effect<TableLayout, JournalStoreError> => {
  const { place } = requests
  const existing = Effect.catchIf(
    readLayout(requests, "open"),
    ({ kind }) => kind === "NoTable",
    () => Effect.as(create(requests), undefined)
  )
  return Effect.flatMap(toStoreError(existing), (layout) => {
    if (layout !== undefined) return known(place, layout)
    return Effect.flatMap(toStoreError(begin(requests)), (made) =>
      made === undefined ? Effect.fail(absent(place)) : known(place, made)
    )
  })
}
