import type { NewEvent } from "../../../core/journal/index.ts"

/** What happens to an order of the shop. */
export interface OrderEvent {
  readonly happened: string
  readonly [detail: string]: unknown
}

/** One step of the story: events that belong together are one record, all of them or none. */
export type Step =
  | { readonly _tag: "Append"; readonly order: string; readonly events: readonly [OrderEvent, ...Array<OrderEvent>] }
  | { readonly _tag: "Delete"; readonly order: string; readonly to: number }
  | { readonly _tag: "Purge"; readonly order: string }

/** The topic of the shop. */
export const topic = "orders"

const append = (order: string, first: OrderEvent, ...rest: Array<OrderEvent>): Step => ({
  _tag: "Append",
  order,
  events: [first, ...rest]
})

const items = ["lamp", "chair", "teapot", "spool of thread", "umbrella", "map"]

/** The orders, in the order in which they come in. */
export const orders: ReadonlyArray<string> = items.map((_, at) => `order-${at + 1}`)

/** First, six orders are placed, paid and packed. */
export const opening: ReadonlyArray<Step> = orders.flatMap((order, at) => [
  append(
    order,
    { happened: "placed", item: items[at], quantity: 1 + (at % 3) },
    { happened: "addressed", to: ["Prague", "Vienna", "Berlin"][at % 3] }
  ),
  append(order, { happened: "paid", cents: 1999 + 500 * at }),
  append(order, { happened: "packed", grams: 400 + 150 * at })
])

/** Then, with nobody replicating, four are shipped, one is shortened, and one customer asks to be forgotten. */
export const ending: ReadonlyArray<Step> = [
  append("order-1", { happened: "shipped", carrier: "post" }, { happened: "signed for", by: "neighbour" }),
  append("order-2", { happened: "shipped", carrier: "courier" }),
  { _tag: "Delete", order: "order-2", to: 3 },
  append("order-3", { happened: "returned", reason: "too small" }, { happened: "refunded", cents: 2999 }),
  { _tag: "Purge", order: "order-5" },
  append("order-6", { happened: "shipped", carrier: "balloon" })
]

/** What every order has to be after some steps: its events that are left, by number. */
export const expected = (steps: ReadonlyArray<Step>): ReadonlyMap<string, ReadonlyMap<number, OrderEvent>> => {
  const state = new Map(orders.map((order) => [order, { last: 0, events: new Map<number, OrderEvent>() }]))
  for (const step of steps) {
    const order = state.get(step.order)
    if (order === undefined) continue
    switch (step._tag) {
      case "Append":
        for (const event of step.events) order.events.set(++order.last, event)
        break
      case "Delete":
        for (let seqNr = 1; seqNr <= step.to; seqNr++) order.events.delete(seqNr)
        break
      case "Purge":
        order.last = 0
        order.events.clear()
    }
  }
  return new Map([...state].map(([order, { events }]) => [order, events]))
}

/** The events of a step as a journal takes them. */
export const newEvents = (
  events: readonly [OrderEvent, ...Array<OrderEvent>]
): readonly [NewEvent<unknown>, ...ReadonlyArray<NewEvent<unknown>>] => {
  const [first, ...rest] = events
  return [{ payload: first }, ...rest.map((payload) => ({ payload }))]
}
