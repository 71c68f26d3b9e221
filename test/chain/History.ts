import type { CounterRequest, KeyValueRequest, Operation } from "../../core/simulation/index.ts"

/** What a client asks of one counter. */
export type KeyedCounterRequest = CounterRequest & { readonly key: string }

/** What a client asks: of a key with a value, or of a counter. */
export type ChainRequest =
  | { readonly of: "Values"; readonly request: KeyValueRequest<string> }
  | { readonly of: "Counters"; readonly request: KeyedCounterRequest }

export type ValueResponse = string | null | boolean | "ok"
export type CounterResponse = number | "ok"

/** How an operation ended: with a response, certainly without effect, never sent to anybody, or nobody knows. */
export type Outcome = "Ok" | "Refused" | "Unsent" | "Unknown"

/** An operation that is under way, or has ended. `outcome` is absent while it is under way. */
export interface Asked {
  readonly client: string
  readonly node: number
  readonly asks: ChainRequest
  readonly invoked: number
  outcome?: Outcome
  at?: number
  response?: ValueResponse | CounterResponse
  /** Where it stands in the order of commands. */
  position?: number
}

/** Milliseconds on the one clock that every client is read from, which never goes back. */
export const now = (): number => Math.round(performance.now() * 1000) / 1000

/** What clients asked, and what they were told, in the order in which they began. */
export class History {
  readonly asked: Array<Asked> = []
  /** When the latest of those that ended well had begun. */
  lastOk = -Infinity

  begin(client: string, node: number, asks: ChainRequest): Asked {
    const one: Asked = { client, node, asks, invoked: now() }
    this.asked.push(one)
    return one
  }

  ok(one: Asked, response: ValueResponse | CounterResponse, position?: number): void {
    this.#end(one, "Ok")
    one.response = response
    if (position !== undefined) one.position = position
    this.lastOk = Math.max(this.lastOk, one.invoked)
  }

  refused(one: Asked): void {
    this.#end(one, "Refused")
  }

  unsent(one: Asked): void {
    this.#end(one, "Unsent")
  }

  unknown(one: Asked): void {
    this.#end(one, "Unknown")
  }

  count(outcome: Outcome): number {
    return this.asked.filter((one) => one.outcome === outcome).length
  }

  #end(one: Asked, outcome: Outcome): void {
    one.at = now()
    one.outcome = outcome
  }
}

const operationOf = <Request, Response>(
  { at, client, node, outcome, response }: Asked,
  request: Request,
  invoked: number
): Operation<Request, Response> => ({
  client: `${client} at ${node}`,
  request,
  invoked,
  ended: outcome === "Ok" && at !== undefined ? { at, response: response as Response } : undefined
})

const isRead = ({ asks: { request } }: Asked): boolean => request._tag === "Get" || request._tag === "Read"

/** What belongs into a history: neither what certainly did not happen, nor reads that gave nothing. */
const counts = (one: Asked): boolean => one.outcome === "Ok" || (one.outcome === "Unknown" && !isRead(one))

/** The history of all values, and that of all counters. */
export const operationsOf = (
  asked: ReadonlyArray<Asked>
): {
  readonly values: ReadonlyArray<Operation<KeyValueRequest<string>, ValueResponse>>
  readonly counters: ReadonlyArray<Operation<KeyedCounterRequest, CounterResponse>>
} => {
  const values: Array<Operation<KeyValueRequest<string>, ValueResponse>> = []
  const counters: Array<Operation<KeyedCounterRequest, CounterResponse>> = []
  for (const one of asked.filter(counts)) {
    if (one.asks.of === "Values") values.push(operationOf(one, one.asks.request, one.invoked))
    else counters.push(operationOf(one, one.asks.request, one.invoked))
  }
  return { values, counters }
}
