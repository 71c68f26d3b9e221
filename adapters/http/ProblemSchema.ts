import * as Schema from "effect/Schema"
import { HttpApiSchema } from "./EffectHttp.ts"
import { problemKinds, problemType } from "./Problem.ts"

/** The headers that come with a problem of a status. */
const headersOf: Readonly<Record<number, Readonly<Record<string, Schema.String>>>> = {
  401: { "www-authenticate": Schema.String },
  503: { "retry-after": Schema.String }
}

const makeSchema = (status: number) => {
  const kinds = Object.entries(problemKinds).filter(([, kind]) => kind.status === status)
  const body = Schema.Struct({
    type: Schema.Literals(kinds.map(([kind]) => `urn:odradek:problem:${kind}`)),
    title: Schema.String,
    status: Schema.Literal(status),
    detail: Schema.String,
    topic: Schema.optionalKey(Schema.String),
    id: Schema.optionalKey(Schema.String),
    partition: Schema.optionalKey(Schema.Int),
    offset: Schema.optionalKey(Schema.Int),
    expected: Schema.optionalKey(Schema.Int),
    pointer: Schema.optionalKey(Schema.Int),
    limit: Schema.optionalKey(Schema.Int)
  })
    .annotate({ identifier: `Problem${status}`, description: kinds.map(([, { title }]) => title).join(", or: ") })
    .pipe(HttpApiSchema.asJson({ contentType: problemType }), HttpApiSchema.status(status))
  return HttpApiSchema.WithHeaders(body, headersOf[status] ?? {})
}

const made = new Map<number, ReturnType<typeof makeSchema>>()

/** The problems of one status, as an answer of the API. */
export const problemSchema = (status: number): ReturnType<typeof makeSchema> => {
  const schema = made.get(status) ?? makeSchema(status)
  made.set(status, schema)
  return schema
}
