import * as Schema from "effect/Schema"
import { maxSeqNr, minSeqNr } from "../../core/journal/index.ts"

/** The name of a topic, as Kafka allows it. */
export const Topic = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._-]{1,249}$/u)).annotate({
  description: "The topic that holds the journals."
})

/** The id of a journal; in a path it is percent-encoded, and cannot be empty, `.` or `..`. */
export const Id = Schema.String.check(Schema.isMinLength(1)).annotate({
  description: "The id of the journal, percent-encoded; any text but `.` and `..`, which no URL can name."
})

/** The number of an event. */
export const SeqNr = Schema.Int.check(Schema.isBetween({ minimum: minSeqNr, maximum: maxSeqNr }))

/** The number of an event in a query. */
export const SeqNrText = Schema.String.check(Schema.isPattern(/^[1-9][0-9]{0,15}$/u))

/** The last number that a journal is expected to have, as an entity tag. */
export const Condition = Schema.String.check(
  Schema.isPattern(/^("(0|[1-9][0-9]{0,15})"|0|[1-9][0-9]{0,15})$/u)
).annotate({
  description:
    'The last number that the journal is expected to have, such as "7", with its quotes or without; "0" where there is none.'
})

/** That there is no journal yet. */
export const NotNone = Schema.Literal("*").annotate({ description: "The journal is expected not to exist." })

/** The last number that a follower has seen. */
export const LastEventId = Schema.String.check(Schema.isPattern(/^(0|[1-9][0-9]{0,15})$/u)).annotate({
  description: "The last number that a follower of text/event-stream has seen; it goes before `from`."
})

const tags = { tags: Schema.optionalKey(Schema.Array(Schema.String)) }
const number = { seqNr: Schema.optionalKey(SeqNr) }
const shared = {
  metadata: Schema.optionalKey(Schema.Unknown),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  expireAfter: Schema.optionalKey(
    Schema.String.check(
      Schema.isPattern(/^(1 (day|hour|minute|second)|[1-9][0-9]{0,4} (days|hours|minutes|seconds))$/u)
    ).annotate({
      description: "How long after its last append the journal expires, such as `30 days`."
    })
  )
}
const base64 = Schema.String.check(
  Schema.isPattern(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u)
)

/** An event to append, with a payload that is JSON, text or bytes, or none. */
export const NewEvent = Schema.Union([
  Schema.Struct({ payload: Schema.optionalKey(Schema.Unknown), ...tags, ...number }),
  Schema.Struct({ text: Schema.String, ...tags, ...number }),
  Schema.Struct({ binary: base64, ...tags, ...number })
]).annotate({
  identifier: "NewEvent",
  description: "The text of `payload` is kept as it stands. `seqNr` is passed over, but with keepNumbers=true."
})

/** The events of one append, and what they share. */
export const AppendDocument = Schema.Struct({ events: Schema.NonEmptyArray(NewEvent), ...shared }).annotate({
  identifier: "Append"
})

const place = { partition: Schema.Int, offset: Schema.Int }

/** What an append answers. */
export const Appended = Schema.Struct({
  topic: Schema.String,
  id: Schema.String,
  events: Schema.Int,
  from: SeqNr,
  to: SeqNr,
  ...place
}).annotate({
  identifier: "Appended",
  description: "How many events were appended, their numbers, and where they are.",
  httpApiStatus: 201
})

/** An event as it is read. */
export const ReadEvent = Schema.Struct({
  seqNr: SeqNr,
  payload: Schema.optionalKey(Schema.Unknown),
  text: Schema.optionalKey(Schema.String),
  binary: Schema.optionalKey(Schema.String),
  ...tags,
  metadata: Schema.optionalKey(Schema.Unknown),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  expireAfter: Schema.optionalKey(Schema.String),
  timestamp: Schema.Int,
  offset: Schema.Int
}).annotate({ identifier: "Event" })

/** Events in one document. */
export const EventsDocument = Schema.Struct({
  topic: Schema.String,
  id: Schema.String,
  events: Schema.Array(ReadEvent)
}).annotate({ identifier: "Events" })

/** The last number of a journal. */
export const Pointer = Schema.Struct({
  topic: Schema.String,
  id: Schema.String,
  pointer: Schema.NullOr(SeqNr)
}).annotate({ identifier: "Pointer" })

/** What a deletion of events answers. */
export const Deleted = Schema.Struct({
  topic: Schema.String,
  id: Schema.String,
  to: SeqNr,
  partition: Schema.optionalKey(Schema.Int),
  offset: Schema.optionalKey(Schema.Int)
}).annotate({ identifier: "Deleted" })

/** What a purge answers. */
export const Purged = Schema.Struct({ topic: Schema.String, id: Schema.String, ...place }).annotate({
  identifier: "Purged"
})

/** Ids in one document. */
export const IdsDocument = Schema.Struct({ topic: Schema.String, ids: Schema.Array(Schema.String) }).annotate({
  identifier: "Ids"
})

/** A server that is well. */
export const Ready = Schema.Struct({ status: Schema.Literal("ok") }).annotate({ identifier: "Well" })
