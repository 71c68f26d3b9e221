import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { failureOf, later, mayPass, toStoreError } from "../../core/store/index.ts"
import { describeTable } from "./DynamoDbError.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import type { Item } from "./Item.ts"
import { schemaKey } from "./Keys.ts"
import { absent, known, layoutVersion, readLayout } from "./TableLayout.ts"
import type { TableLayout } from "./TableLayout.ts"
import type { TableRequests } from "./TableRequests.ts"

/** How many buckets a new table has; a table keeps the number that it was made with. */
const newBuckets = 16

/** How long a table may take to be made, in milliseconds; DynamoDB takes seconds. */
const creationMs = 120_000

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
