import type * as Api from "./api.ts"
import { invokeWith } from "./Mapping.ts"
import type { Command } from "./Order.ts"
import { Orders } from "./Orders.ts"
import type * as Replicator from "./replicator.ts"
import type { Settings } from "./Settings.ts"

/** Both functions, as modules that Lambda would load. */
export interface Functions {
  readonly api: typeof Api
  readonly replicator: typeof Replicator
}

/** Places an order and has it replicated, and shows at each step where its events are. */
export const story = async (settings: Settings, { api, replicator }: Functions): Promise<void> => {
  /** Asks the API, as an HTTP API of AWS does it. */
  const ask = async (method: string, id: string, command?: Command): Promise<string> => {
    const { body, statusCode } = await api.handler({
      requestContext: { http: { method, path: `/orders/${id}` } },
      ...(command === undefined ? {} : { body: JSON.stringify(command) })
    })
    return `${statusCode} ${body}`
  }

  const post = async (id: string, command: Command): Promise<void> =>
    console.log(`POST /orders/${id} ${command._tag}: ${await ask("POST", id, command)}`)

  const operator = await Orders.open(settings)

  const where = async (id: string): Promise<void> => {
    const { events } = await operator.explain(id)
    const count = (source: string): number => events.filter((event) => event.source === source).length
    console.log(`Of order ${id} DynamoDB has ${count("store")} events, and the log alone ${count("log")}.`)
  }

  await post("1", { _tag: "Placed", customer: "Josef", items: [{ article: "spool", count: 2 }] })
  await post("1", { _tag: "Paid", payment: "p-1" })
  await where("1")

  const done = await invokeWith(settings.brokers, "orders", 0, replicator.handler)
  console.log(`The replicator is invoked with the log, and has done everything below offset ${done}.`)
  await where("1")

  await post("1", { _tag: "Shipped", parcel: "x-9" })
  await where("1")
  console.log(`GET  /orders/1: ${await ask("GET", "1")}`)

  await post("1", { _tag: "Shipped", parcel: "x-9" })
  await post("1", { _tag: "Cancelled", why: "too late" })

  await operator.close()
}
