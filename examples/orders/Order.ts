import * as Schema from "effect/Schema"

const Item = Schema.Struct({ article: Schema.String, count: Schema.Int.check(Schema.isGreaterThan(0)) })

/** What can have happened to an order. */
export const OrderEvent = Schema.Union([
  Schema.TaggedStruct("Placed", { customer: Schema.String, items: Schema.NonEmptyArray(Item) }),
  Schema.TaggedStruct("Paid", { payment: Schema.String }),
  Schema.TaggedStruct("Shipped", { parcel: Schema.String }),
  Schema.TaggedStruct("Cancelled", { why: Schema.String })
])
export type OrderEvent = typeof OrderEvent.Type

/** What is asked for has the form of what happens, if the order lets it happen. */
export type Command = OrderEvent

/** An order as its events up to the number `version` have made it; without any it is not placed yet. */
export interface Order {
  readonly version: number
  readonly events: Partial<{ readonly [Tag in OrderEvent["_tag"]]: Extract<OrderEvent, { readonly _tag: Tag }> }>
}

export const noOrder: Order = { version: 0, events: {} }

/** The order after one more event. Each kind of event happens to an order once. */
export const evolve = ({ events }: Order, event: OrderEvent, version: number): Order => ({
  version,
  events: { ...events, [event._tag]: event }
})

/** An order that does not let happen what is asked for. */
export class Refused extends Error {
  override readonly name = "Refused"
}

const isSame = Schema.toEquivalence(OrderEvent)

/** What must have happened before, and what must not, with what to say otherwise. */
const rules = {
  Placed: { after: undefined, not: undefined },
  Paid: { after: "Placed", not: "Cancelled" },
  Shipped: { after: "Paid", not: "Cancelled" },
  Cancelled: { after: "Placed", not: "Shipped" }
} as const

const words = { Placed: "placed", Paid: "paid", Shipped: "shipped", Cancelled: "cancelled" } as const

/**
 * The event that a command makes of an order; `undefined` where it is there already, since a client that got no answer
 * asks again. Throws `Refused` where the order does not let it happen.
 */
export const decide = ({ events }: Order, command: Command): OrderEvent | undefined => {
  const before = events[command._tag]
  if (before !== undefined) {
    if (isSame(before, command)) return undefined
    throw new Refused(`The order is ${words[command._tag]} already, and not like this.`)
  }
  const { after, not } = rules[command._tag]
  if (after !== undefined && events[after] === undefined) throw new Refused(`The order is not ${words[after]}.`)
  if (not !== undefined && events[not] !== undefined) throw new Refused(`The order is ${words[not]}.`)
  return command
}
