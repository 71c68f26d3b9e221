import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { JournalHead } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { headOf, idOf, isPurged } from "./HeadItem.ts"
import { headKey } from "./Keys.ts"
import type { TableRequests } from "./TableRequests.ts"

/** DynamoDB gives so many items in one batch. */
const batchItems = 100

/** How many batches are under way at once. */
const batchesAtOnce = 4

/** Reads the heads of many journals, in a table with so many buckets. */
export const readHeads = (
  requests: TableRequests,
  buckets: number,
  topic: string,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, JournalHead>, RequestFailure> =>
  Effect.gen(function* () {
    const keys = [...new Set(ids)].map((id) => headKey({ topic, id }, buckets))
    const found = yield* Effect.forEach(Arr.chunksOf(keys, batchItems), (batch) => requests.getAll("heads", batch), {
      concurrency: batchesAtOnce
    })
    const heads = new Map<string, JournalHead>()
    for (const item of found.flat()) {
      if (isPurged(item)) continue
      const id = yield* decoding("heads", `A head of topic ${topic}`, () => idOf(item))
      heads.set(id, yield* decoding("heads", `The head of ${journalName({ topic, id })}`, () => headOf(item)))
    }
    return heads
  })
