import * as Effect from "effect/Effect"
import type { JournalHead, JournalKey } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { headOf, isPurged, markerOf, pointerOf } from "./HeadItem.ts"
import type { ItemReads } from "./ItemReads.ts"
import { headKey, incarnationOf, pointerKey } from "./Keys.ts"

/** Reads a journal's head, in a table with so many buckets; `undefined` where there is none, or it was purged. */
export const readHead = (
  requests: ItemReads,
  buckets: number,
  operation: string,
  key: JournalKey
): Effect.Effect<JournalHead | undefined, RequestFailure> =>
  Effect.flatMap(requests.get(operation, headKey(key, buckets)), (item) =>
    item === undefined || isPurged(item)
      ? Effect.succeed(undefined)
      : decoding(operation, `The head of ${journalName(key)}`, () => headOf(item))
  )

/** The marker of a purge that is in a head's place, by the write that has put it there; `undefined` where there is none. */
export const readMarker = (
  requests: ItemReads,
  buckets: number,
  operation: string,
  key: JournalKey
): Effect.Effect<string | undefined, RequestFailure> =>
  Effect.flatMap(requests.get(operation, headKey(key, buckets)), (item) =>
    item === undefined || !isPurged(item)
      ? Effect.succeed(undefined)
      : decoding(operation, `The marker of ${journalName(key)}`, () => markerOf(item))
  )

/** The incarnation that the events of a journal with this head belong to; none where there is no head. */
export const whose = (head: JournalHead | undefined): string | undefined =>
  head === undefined ? undefined : incarnationOf(head.recordId)

/** Reads how far a partition is replicated. */
export const readPointer = (
  requests: ItemReads,
  operation: string,
  topic: string,
  partition: number
): Effect.Effect<number | undefined, RequestFailure> =>
  Effect.flatMap(requests.get(operation, pointerKey(topic, partition)), (item) =>
    item === undefined
      ? Effect.succeed(undefined)
      : decoding(operation, `The pointer of ${topic}-${partition}`, () => pointerOf(item))
  )
