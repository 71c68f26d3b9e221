import * as Schema from "effect/Schema"
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  OpenApi
} from "./EffectHttp.ts"
import {
  Appended,
  AppendDocument,
  Deleted,
  EventsDocument,
  IdsDocument,
  Pointer,
  Purged,
  Ready,
  Topic,
  Id,
  SeqNrText,
  Condition,
  LastEventId,
  NotNone
} from "./ApiSchemas.ts"
import { problemSchema } from "./ProblemSchema.ts"

/** The media types of streams. */
export const ndjson = "application/x-ndjson"
export const eventStream = "text/event-stream"

/** Turns requests that do not fit their schemas into problems. */
export class RequestForms extends HttpApiMiddleware.Service<RequestForms>()("odradek/http/RequestForms", {
  error: [problemSchema(400)]
}) {}

/** Lets in who has a token that allows the request. */
export class Access extends HttpApiMiddleware.Service<Access>()("odradek/http/Access", {
  security: {
    bearer: HttpApiSecurity.bearer.pipe(
      HttpApiSecurity.annotate(
        OpenApi.Description,
        "A token of the server's, which allows reading, appending or removing."
      )
    )
  },
  error: [problemSchema(401), problemSchema(403)]
}) {}

const everywhere = [
  problemSchema(404),
  problemSchema(414),
  problemSchema(500),
  problemSchema(502),
  problemSchema(503),
  problemSchema(504)
] as const

const text = (contentType: string, description: string) =>
  Schema.String.annotate({ description }).pipe(HttpApiSchema.asText({ contentType }))

const journal = { topic: Topic, id: Id }

const append = HttpApiEndpoint.post("append", "/topics/:topic/journals/:id/events", {
  params: journal,
  query: { keepNumbers: Schema.optionalKey(Schema.Literals(["true", "false"])) },
  headers: { "if-match": Schema.optionalKey(Condition), "if-none-match": Schema.optionalKey(NotNone) },
  payload: [AppendDocument, text(ndjson, "Events, one JSON object a line, as `odradek journal read` writes them.")],
  success: HttpApiSchema.WithHeaders(Appended, { etag: Schema.String }),
  error: [
    problemSchema(408),
    problemSchema(412),
    problemSchema(413),
    problemSchema(415),
    problemSchema(422),
    ...everywhere
  ]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Append events",
    description:
      "Appends the events as one record: all of them or none. 201 says that they are in the log; 504, and 500 of a defect, that they may be; every other status that they are not, or count for nobody. With If-Match, or If-None-Match: *, only where the last number is that."
  })
)

const read = HttpApiEndpoint.get("read", "/topics/:topic/journals/:id/events", {
  params: journal,
  query: { from: Schema.optionalKey(SeqNrText), to: Schema.optionalKey(SeqNrText) },
  headers: { "last-event-id": Schema.optionalKey(LastEventId) },
  success: [
    EventsDocument,
    text(ndjson, "Events, one JSON object a line."),
    text(eventStream, "Events as they come, each with its number as its id, until one side ends the connection.")
  ],
  error: [problemSchema(406), ...everywhere]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Read events",
    description:
      "Reads events in the order of their numbers, both ends inclusive: as one JSON document of limited size, as lines of JSON, or as server-sent events, which go on with what is appended."
  })
)

const pointer = HttpApiEndpoint.get("pointer", "/topics/:topic/journals/:id/pointer", {
  params: journal,
  success: HttpApiSchema.WithHeaders(Pointer, { etag: Schema.String }),
  error: everywhere
}).annotateMerge(
  OpenApi.annotations({
    summary: "Say the last number",
    description: "Says the last number ever appended, also when that event is deleted; null where there is no journal."
  })
)

const remove = HttpApiEndpoint.make("DELETE")("delete", "/topics/:topic/journals/:id/events", {
  params: journal,
  query: { to: SeqNrText },
  success: Deleted,
  error: [problemSchema(422), ...everywhere]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Delete events",
    description:
      "Deletes the events up to a number, for every reader; numbers go on where they were. Without partition and offset there was nothing to delete."
  })
)

const purge = HttpApiEndpoint.make("DELETE")("purge", "/topics/:topic/journals/:id", {
  params: journal,
  success: Purged,
  error: [problemSchema(422), ...everywhere]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Forget a journal",
    description: "Forgets a journal: the next append begins a new one at number 1."
  })
)

const ids = HttpApiEndpoint.get("ids", "/topics/:topic/journals", {
  params: { topic: Topic },
  success: [IdsDocument, text(ndjson, 'The ids, one a line as {"id"}.')],
  error: [problemSchema(406), ...everywhere]
}).annotateMerge(
  OpenApi.annotations({
    summary: "List the journals",
    description: "Lists the ids of the journals that exist: as one JSON document of limited size, or as lines of JSON."
  })
)

/** The journals of a cluster. */
export const journalGroup = HttpApiGroup.make("journals", { topLevel: true })
  .add(append, read, remove, pointer, purge, ids)
  .middleware(RequestForms)
  .middleware(Access)

const health = HttpApiEndpoint.get("health", "/health", { success: Ready }).annotateMerge(
  OpenApi.annotations({ summary: "Is the server up?", description: "Answers as long as the server does." })
)

const ready = HttpApiEndpoint.get("ready", "/ready", { success: Ready, error: [problemSchema(503)] }).annotateMerge(
  OpenApi.annotations({
    summary: "Can requests be sent here?",
    description: "Asks the log and the store, and says no as soon as the server is to end."
  })
)

/** How the server is. */
export const serverGroup = HttpApiGroup.make("server", { topLevel: true }).add(health, ready)

/** The HTTP API of journals. */
export const journalApi = HttpApi.make("journals")
  .add(journalGroup, serverGroup)
  .annotateMerge(
    OpenApi.annotations({
      title: "odradek journals",
      description: "Append to, read and follow event-sourced journals, which a Kafka log keeps."
    })
  )
