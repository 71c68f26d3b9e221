import { maxSeqNr } from "../../core/journal/index.ts"
import { OpenApi } from "./EffectHttp.ts"
import { journalApi } from "./JournalApi.ts"

/** Who is let in: those with a token, those with a certificate, or, with neither, everybody. */
export interface Guards {
  readonly tokens: boolean
  readonly certificates: boolean
}

type Operation = OpenApi.OpenAPISpecOperation

/** Numbers in a query are told as numbers, and not as the texts that they are on their way. */
const asNumber = { type: "integer", minimum: 1, maximum: maxSeqNr } as const
const numbers = ["from", "to"]

const guarded = (operation: Operation, { certificates, tokens }: Guards): Operation => {
  if (operation.security.length === 0) return operation
  const needed = { ...(tokens ? { bearer: [] } : {}), ...(certificates ? { mutualTLS: [] } : {}) }
  const { 401: _unknown, 403: _forbidden, ...others } = operation.responses
  return {
    ...operation,
    security: tokens || certificates ? [needed] : [],
    responses: tokens ? operation.responses : others
  }
}

/** The OpenAPI document of the API as it is served. */
export const openApiDocument = (guards: Guards, version: string): object => {
  const document = OpenApi.fromApi(journalApi)
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const operations = Object.entries(item).flatMap(([method, operation]) => {
      if (Array.isArray(operation) || !("responses" in operation)) return []
      const parameters = operation.parameters.map((parameter) =>
        parameter.in === "query" && numbers.includes(parameter.name) ? { ...parameter, schema: asNumber } : parameter
      )
      return [[method, { ...guarded(operation, guards), parameters }] as const]
    })
    return [path, Object.fromEntries(operations)] as const
  })
  const { securitySchemes } = document.components
  return {
    ...document,
    info: { ...document.info, version },
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      securitySchemes: {
        ...(guards.tokens ? { bearer: securitySchemes["bearer"] } : {}),
        ...(guards.certificates ? { mutualTLS: { type: "mutualTLS" } } : {})
      }
    }
  }
}
