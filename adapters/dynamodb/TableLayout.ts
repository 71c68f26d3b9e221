import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../core/ports/index.ts"
import { isBusy, toStoreError } from "../../core/store/index.ts"
import { describeTable } from "./DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "./DynamoDbError.ts"
import type { FoundItem } from "./Item.ts"
import type { ItemReads } from "./ItemReads.ts"
import { schemaKey } from "./Keys.ts"

/** The layout of a table: its version, and over how many buckets the heads of a topic are spread. */
export interface TableLayout {
  readonly version: number
  readonly buckets: number
}

/** The version of the layout that this program reads and writes. */
export const layoutVersion = 1

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

/** The layout, if this program knows its version; else fails with `Schema`. */
export const known = (place: TablePlace, layout: TableLayout): Effect.Effect<TableLayout, JournalStoreError> =>
  layout.version === layoutVersion
    ? Effect.succeed(layout)
    : Effect.fail(
        schemaError(
          place,
          `has a journal's items of version ${layout.version}, and this program knows version ${layoutVersion}: use a program of the table's version.`
        )
      )

/** The failure of a table that holds no layout. */
export const absent = (place: TablePlace): JournalStoreError =>
  schemaError(place, "holds no journals: let a replicator open it, which prepares it, or name another table.")

/** Finds the layout of a table that is there; fails with `Schema` when it is not a journal's, or of another version. */
export const findLayout = (reads: ItemReads): Effect.Effect<TableLayout, JournalStoreError> =>
  Effect.flatMap(toStoreError(readLayout(reads, "open")), (layout) =>
    layout === undefined ? Effect.fail(absent(reads.place)) : known(reads.place, layout)
  )
