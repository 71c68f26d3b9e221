import { journalApi } from "./JournalApi.ts"

/** Where the OpenAPI document is. */
export const documentPath = "/openapi.json"

interface Template {
  readonly segments: ReadonlyArray<string>
  readonly methods: ReadonlyArray<string>
}

const templates = (): ReadonlyArray<Template> => {
  const byPath = new Map<string, Array<string>>([[documentPath, ["GET"]]])
  for (const group of Object.values(journalApi.groups)) {
    for (const { method, path } of Object.values(group.endpoints)) {
      byPath.set(path, [...(byPath.get(path) ?? []), method])
    }
  }
  return [...byPath].map(([path, methods]) => ({ segments: path.split("/"), methods }))
}

const known = templates()

/** The methods that a path takes; none where nothing is there. */
export const methodsOf = (path: string): ReadonlyArray<string> => {
  const segments = path.split("/")
  const isAt = (template: ReadonlyArray<string>): boolean =>
    template.length === segments.length &&
    template.every((segment, at) => (segment.startsWith(":") ? segments[at] !== "" : segment === segments[at]))
  const methods = known.flatMap((template) => (isAt(template.segments) ? template.methods : []))
  return methods.includes("GET") ? [...methods, "HEAD"] : methods
}
