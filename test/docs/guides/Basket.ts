import * as Schema from "effect/Schema"
import { Journals, schemaPayload } from "odradek/runtimes/promise"
import type { Journal } from "odradek/runtimes/promise"

/** What can have happened to a basket. */
export const BasketEvent = Schema.Union([
  Schema.TaggedStruct("Added", { article: Schema.String, count: Schema.Int }),
  Schema.TaggedStruct("Removed", { article: Schema.String })
])
export type BasketEvent = typeof BasketEvent.Type

/** How many there are of each article. */
export type Basket = ReadonlyMap<string, number>

/** A basket after one more event. */
export const evolve = (basket: Basket, event: BasketEvent): Basket => {
  const next = new Map(basket)
  if (event._tag === "Removed") next.delete(event.article)
  else next.set(event.article, (next.get(event.article) ?? 0) + event.count)
  return next
}

/** Opens all baskets: what does not fit the schema is refused before it is written. */
export const openBaskets = (broker: string, store: string): Promise<Journals<BasketEvent>> =>
  Journals.open({ brokers: [broker], topic: "baskets", store, payload: schemaPayload(BasketEvent) })

/** The basket after everything that was acknowledged before this was asked. */
export const currentBasket = async (journal: Journal<BasketEvent>): Promise<Basket> => {
  let basket: Basket = new Map()
  for await (const { payload } of journal.read()) if (payload !== undefined) basket = evolve(basket, payload)
  return basket
}
