import * as Result from "effect/Result"
import type { EventRecord } from "../../ports/index.ts"
import type { Append } from "../model/Action.ts"
import { decodeEvents } from "./EventsCodec.ts"
import type { JournalDecodeError, RecordPlace } from "./JournalDecodeError.ts"

/** The events of an append record as readers and stores see them, in the order of the record. */
export const eventRecords = (
  append: Append,
  place: RecordPlace & { readonly partition: number; readonly offset: number }
): Result.Result<ReadonlyArray<EventRecord>, JournalDecodeError> => {
  const decoded = decodeEvents(append.payloadType, append.value)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure.at({ ...place, journalId: append.journalId }))
  const { events, metadata } = decoded.success
  const shared = { header: append.headerMetadata, payload: metadata.data, expireAfter: metadata.expireAfter }
  return Result.succeed(
    events.map((event) => ({
      seqNr: event.seqNr,
      tags: event.tags,
      payload: event.payload,
      timestamp: append.timestamp,
      partition: place.partition,
      offset: place.offset,
      origin: append.origin,
      version: append.version,
      metadata: shared,
      headers: append.headers
    }))
  )
}
