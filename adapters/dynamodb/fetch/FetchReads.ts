import type { AwsClient } from "aws4fetch"
import * as Effect from "effect/Effect"
import { failureOf, lost, mayPass, persist } from "../../../core/store/index.ts"
import { describeTable, lateRequest, requestFailure } from "../DynamoDbError.ts"
import type { RequestFailure, TablePlace } from "../DynamoDbError.ts"
import type { FoundItem } from "../Item.ts"
import { getInput, keyOf, queryInput } from "../ItemReads.ts"
import type { ItemPage, ItemReads, PageRequest } from "../ItemReads.ts"
import type { ItemKey } from "../Keys.ts"
import { answerOf, itemOf, itemsOf } from "./Answer.ts"

/** What is fetched with: the platform's own `fetch`, or one of the application's. */
export type Fetch = (request: Request) => Promise<Response>

/** How reads are sent: to which table, signed by whom, and how long each may take and all its repetitions, in milliseconds. */
export interface FetchReadsOptions {
  readonly place: TablePlace
  readonly signer: () => Promise<AwsClient>
  readonly fetch: Fetch
  readonly requestMs: number
  readonly patienceMs: number
}

type Answer = Readonly<Record<string, unknown>>

/** What was thrown before there was an answer. */
const unreached = (operation: string, place: TablePlace, cause: unknown): RequestFailure => {
  const said = cause instanceof Error ? cause.message : String(cause)
  const message = `${describeTable(place)} cannot be reached (${said}): check that it is up, and the region and the endpoint.`
  return failureOf(operation, lost(message), cause)
}

/** Consistent reads of one table over `fetch`, as AWS describes the requests ("DynamoDB low-level API"). */
export const makeFetchReads = ({ fetch, patienceMs, place, requestMs, signer }: FetchReadsOptions): ItemReads => {
  const url = place.endpoint ?? `https://dynamodb.${place.region}.amazonaws.com/`

  const exchange = (operation: string, target: string, input: object) =>
    Effect.gen(function* () {
      const request = yield* Effect.tryPromise({
        try: async () => {
          const client = await signer()
          return client.sign(url, {
            method: "POST",
            headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${target}` },
            body: JSON.stringify(input)
          })
        },
        catch: (cause) => requestFailure(operation, place, cause)
      })
      const { status, text } = yield* Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(new Request(request, { signal }))
          return { status: response.status, text: await response.text() }
        },
        catch: (cause) => unreached(operation, place, cause)
      })
      return yield* Effect.try({
        try: () => answerOf(status, text),
        catch: (cause) => requestFailure(operation, place, cause)
      })
    })

  const ask = (
    operation: string,
    target: string,
    input: object,
    isRepeated: (failure: RequestFailure) => boolean = mayPass
  ): Effect.Effect<Answer, RequestFailure> => {
    const once = Effect.timeoutOrElse(exchange(operation, target, input), {
      duration: requestMs,
      orElse: () => Effect.fail(lateRequest(operation, place, requestMs))
    })
    return persist(once, patienceMs, isRepeated)
  }

  const decoded = <A>(operation: string, answer: Answer, decode: (answer: Answer) => A) =>
    Effect.try({ try: () => decode(answer), catch: (cause) => requestFailure(operation, place, cause) })

  const get = (
    operation: string,
    key: ItemKey,
    isRepeated?: (failure: RequestFailure) => boolean
  ): Effect.Effect<FoundItem | undefined, RequestFailure> =>
    Effect.flatMap(ask(operation, "GetItem", getInput(place.table, key), isRepeated), (answer) =>
      decoded(operation, answer, ({ Item }) => itemOf(Item))
    )

  const page = (operation: string, request: PageRequest): Effect.Effect<ItemPage, RequestFailure> =>
    Effect.flatMap(ask(operation, "Query", queryInput(place.table, request)), (answer) =>
      decoded(operation, answer, ({ Items, LastEvaluatedKey }) => {
        const last = itemOf(LastEvaluatedKey)
        return { items: itemsOf(Items), next: last === undefined ? undefined : keyOf(last) }
      })
    )

  return { place, get, page }
}
