import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { journalApi } from "./JournalApi.ts"

/** Where the OpenAPI document is. */
export const documentPath = "/openapi.json"

/** A path of the API, a method that it takes, and the names that a query may have then. */
interface Template {
  readonly segments: ReadonlyArray<string>
  readonly method: string
  readonly queryNames: ReadonlyArray<string>
}

const namesOf = (query: Schema.Top | undefined): ReadonlyArray<string> =>
  query !== undefined && SchemaAST.isObjects(query.ast)
    ? query.ast.propertySignatures.map(({ name }) => String(name))
    : []

const known: ReadonlyArray<Template> = [
  { segments: documentPath.split("/"), method: "GET", queryNames: [] },
  ...Object.values(journalApi.groups).flatMap(({ endpoints }) =>
    Object.values(endpoints).map(({ method, path, query }) => ({
      segments: path.split("/"),
      method,
      queryNames: namesOf(query)
    }))
  )
]

const templatesAt = (path: string): ReadonlyArray<Template> => {
  const segments = path.split("/")
  return known.filter(
    (template) =>
      template.segments.length === segments.length &&
      template.segments.every((segment, at) =>
        segment.startsWith(":") ? segments[at] !== "" : segment === segments[at]
      )
  )
}

/** The methods that a path takes; none where nothing is there. */
export const methodsOf = (path: string): ReadonlyArray<string> => {
  const methods = templatesAt(path).map(({ method }) => method)
  return methods.includes("GET") ? [...methods, "HEAD"] : methods
}

/** The names that a query may have at a path that takes the method. */
export const queryNamesOf = (path: string, method: string): ReadonlyArray<string> =>
  templatesAt(path).find((template) => template.method === (method === "HEAD" ? "GET" : method))?.queryNames ?? []
