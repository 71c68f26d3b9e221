import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { shownText } from "../../bytes/index.ts"
import type { EventRecord, JournalKey } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"
import { jsonPayload } from "../codec/PayloadCodec.ts"
import type { PayloadCodec } from "../codec/PayloadCodec.ts"

/** An event as it is read back, with the application's own payload; see `EventRecord` for the other fields. */
export interface JournalEvent<A> extends Omit<EventRecord, "payload" | "metadata"> {
  readonly payload: A | undefined
  /** What the writer gave as `metadata`, parsed; one value for all events of a record. */
  readonly metadata: unknown
  readonly expireAfter: string | undefined
}

/** A pull of non-empty pages. */
export type Pull<A> = Effect.Effect<Arr.NonEmptyReadonlyArray<A>, JournalError | Cause.Done>

/**
 * The events of each page with their payloads and metadata decoded.
 *
 * **Details**
 *
 * What comes before an event that cannot be decoded is given out before the pull fails.
 */
export const journalEvents = <A>(
  key: JournalKey,
  payload: PayloadCodec<A>,
  pull: Pull<EventRecord>
): Pull<JournalEvent<A>> => {
  let failure: JournalError | undefined
  let metadata: Result.Result<unknown, string> = Result.succeed(undefined)
  let text: string | undefined
  let offset = -1

  /** The metadata of an event's record, parsed once for all its events. */
  const metadataOf = (event: EventRecord): Result.Result<unknown, string> => {
    const { header } = event.metadata
    if (event.offset === offset && header === text) return metadata
    offset = event.offset
    text = header
    metadata = header === undefined ? Result.succeed(undefined) : jsonPayload.decode({ _tag: "Json", text: header })
    return metadata
  }
  const corrupt = ({ offset: at, partition, seqNr }: EventRecord, what: string, why: string): JournalError => {
    const message = `The ${what} of event ${seqNr} of journal ${shownText(key.id)} ${why}.`
    return new JournalError({ reason: "Corrupt", ...key, partition, offset: at, message })
  }
  const decode = (page: ReadonlyArray<EventRecord>): ReadonlyArray<JournalEvent<A>> => {
    const events: Array<JournalEvent<A>> = []
    for (const event of page) {
      const value = event.payload === undefined ? undefined : payload.decode(event.payload)
      const about = metadataOf(event)
      if (value !== undefined && Result.isFailure(value)) {
        failure = corrupt(event, "payload", value.failure)
        return events
      }
      if (Result.isFailure(about)) {
        failure = corrupt(event, "metadata", about.failure)
        return events
      }
      events.push({
        seqNr: event.seqNr,
        tags: event.tags,
        payload: value?.success,
        timestamp: event.timestamp,
        partition: event.partition,
        offset: event.offset,
        origin: event.origin,
        version: event.version,
        metadata: about.success,
        expireAfter: event.metadata.expireAfter,
        headers: event.headers
      })
    }
    return events
  }
  return Effect.suspend(() =>
    failure === undefined
      ? Effect.flatMap(pull, (page): Pull<JournalEvent<A>> => {
          const events = decode(page)
          if (Arr.isReadonlyArrayNonEmpty(events)) return Effect.succeed(events)
          return failure === undefined ? Effect.die("A page has no events.") : Effect.fail(failure)
        })
      : Effect.fail(failure)
  )
}
