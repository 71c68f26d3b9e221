import * as Schema from "effect/Schema"
import { type Order, OrderEvent, Refused } from "./Order.ts"
import { Orders } from "./Orders.ts"
import { settings } from "./Settings.ts"

/** What is used of the event of an HTTP API (payload format 2.0). */
export interface HttpRequest {
  readonly requestContext: { readonly http: { readonly method: string; readonly path: string } }
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** What an HTTP API makes its answer of. */
export interface HttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const decodeCommand = Schema.decodeUnknownPromise(Schema.fromJsonString(OrderEvent))

const answer = (statusCode: number, body: unknown): HttpResponse => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body)
})

const shown = ({ events: { Cancelled, Paid, Placed, Shipped }, version }: Order): HttpResponse =>
  Placed === undefined
    ? answer(404, { error: "There is no such order." })
    : answer(200, {
        version,
        customer: Placed.customer,
        items: Placed.items,
        payment: Paid?.payment,
        parcel: Shipped?.parcel,
        cancelled: Cancelled?.why
      })

/** Opened by the first invocation of a sandbox, and kept for the next ones. */
let kept: Promise<Orders> | undefined

const opened = (): Promise<Orders> =>
  (kept ??= Orders.open(settings()).catch((error: unknown) => {
    kept = undefined
    throw error
  }))

const textOf = ({ body = "", isBase64Encoded }: HttpRequest): string =>
  isBase64Encoded === true ? Buffer.from(body, "base64").toString("utf8") : body

/** The function behind an HTTP API: `GET /orders/ID`, and `POST /orders/ID` with what is to happen to the order. */
export const handler = async (request: HttpRequest): Promise<HttpResponse> => {
  const { method, path } = request.requestContext.http
  const id = /^\/orders\/([\w-]+)$/.exec(path)?.[1]
  if (id === undefined) return answer(404, { error: "Ask for /orders/ID." })
  try {
    const orders = await opened()
    if (method === "GET") return shown(await orders.order(id))
    if (method !== "POST") return answer(405, { error: "GET and POST are for orders." })
    return shown(await orders.execute(id, await decodeCommand(textOf(request))))
  } catch (error) {
    if (error instanceof Refused) return answer(409, { error: error.message })
    if (Schema.isSchemaError(error)) return answer(400, { error: error.message })
    console.error(error)
    return answer(503, { error: "The order could not be reached: ask the same again." })
  }
}

/** Releases what a sandbox keeps. Lambda never asks for that; programs that end do. */
export const close = async (): Promise<void> => {
  const orders = await kept
  kept = undefined
  await orders?.close()
}
