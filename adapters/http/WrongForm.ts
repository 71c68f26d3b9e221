import * as SchemaIssue from "effect/SchemaIssue"
import { maxSeqNr } from "../../core/journal/index.ts"
import type { HttpApiSchemaError } from "./EffectHttp.ts"
import { documentPath } from "./Paths.ts"

/** What a part of a request is called, and what it has to be. */
interface Wanted {
  readonly name: string
  readonly need: string
}

const number = `a whole number from 1 to ${maxSeqNr}`
const wanted: Readonly<Record<string, Wanted>> = {
  from: { name: "from", need: number },
  to: { name: "to", need: number },
  keepNumbers: { name: "keepNumbers", need: "true or false" },
  "if-match": {
    name: "If-Match",
    need: 'the last number that the journal is expected to have, such as "7", and "0" where there is none'
  },
  "if-none-match": { name: "If-None-Match", need: "*, where no journal is expected" },
  "last-event-id": { name: "Last-Event-ID", need: `the number of the last event that was seen, from 0 to ${maxSeqNr}` },
  topic: { name: "The topic in the path", need: "1 to 249 of A-Z, a-z, 0-9 and ._-" }
}

const formatted = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong with path, query or headers of a request: one sentence. `given` finds what a name has in them. */
export const wrongForm = ({ cause, kind }: HttpApiSchemaError, given: (name: string) => string | undefined): string => {
  const [issue] = formatted(cause.issue).issues
  const key = String(issue?.path?.[0])
  const known = Object.hasOwn(wanted, key) ? wanted[key] : undefined
  if (known === undefined) {
    const why = cause.message.replace(/\s+/g, " ")
    return `The ${kind === "Params" ? "path" : "form"} of the request cannot be used: ${why}; see ${documentPath}.`
  }
  const value = given(key)
  const what = value === undefined ? `${known.name} is missing` : `${known.name} is ${value === "" ? '""' : value}`
  return `${what}: give ${known.need}.`
}
