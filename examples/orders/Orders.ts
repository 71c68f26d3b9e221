import { Journals, schemaPayload } from "odradek/runtimes/promise"
import type { Explanation, JournalError } from "odradek/runtimes/promise"
import { type Command, decide, evolve, noOrder, type Order, OrderEvent, Refused } from "./Order.ts"
import type { Settings } from "./Settings.ts"

/** How often a command is decided anew because another one came first. */
const attempts = 10

const isUnknown = (error: unknown): boolean => {
  const { _tag, reason } = error as Partial<JournalError>
  return _tag === "JournalError" && reason === "Unknown"
}

/** Orders as journals of one topic. */
export class Orders {
  readonly #journals: Journals<OrderEvent>

  private constructor(journals: Journals<OrderEvent>) {
    this.#journals = journals
  }

  static async open({ brokers, endpoint, region, table }: Settings): Promise<Orders> {
    const at = endpoint === undefined ? "" : `?endpoint=${endpoint}`
    return new Orders(
      await Journals.open({
        brokers,
        topic: "orders",
        store: `dynamodb://${region}/${table}${at}`,
        payload: schemaPayload(OrderEvent),
        // A sandbox stands still between invocations: nothing is to be followed in the background.
        headCache: false
      })
    )
  }

  /** The order after everything that was acknowledged before this was asked: from DynamoDB, and what is not there yet from the log. */
  async order(id: string): Promise<Order> {
    let order = noOrder
    for await (const { payload, seqNr } of this.#journals.journal(id).read()) {
      if (payload !== undefined) order = evolve(order, payload, seqNr)
    }
    return order
  }

  /**
   * Carries out a command. Its event has the number behind those that it was decided from; where two have one number the first in
   * the log counts. So the order is read again, until there is nothing left to be done.
   */
  async execute(id: string, command: Command): Promise<Order> {
    const journal = this.#journals.journal(id)
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const order = await this.order(id)
      const event = decide(order, command)
      if (event === undefined) return order
      try {
        await journal.append([{ payload: event, seqNr: order.version + 1 }])
      } catch (error) {
        // Nobody knows whether it is in the log; to read again is to know.
        if (!isUnknown(error)) throw error
      }
    }
    const order = await this.order(id)
    if (decide(order, command) === undefined) return order
    throw new Refused("The order is too busy: ask again.")
  }

  /** Where each event of an order is. */
  explain(id: string): Promise<Explanation> {
    return this.#journals.journal(id).explain()
  }

  close(): Promise<void> {
    return this.#journals.close()
  }
}
