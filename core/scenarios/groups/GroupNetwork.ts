import type { ClientFailureReason } from "../../client/index.ts"
import { ClientFailure } from "../../client/index.ts"
import { task } from "../../simulation/index.ts"
import type { Node, Simulation } from "../../simulation/index.ts"
import type { ApiName, Apis } from "../../protocol/index.ts"

/** How a request ends for whoever sent it. */
export type Outcome<Name extends ApiName> =
  | { readonly _tag: "Reply"; readonly body: Apis[Name]["response"]["Type"] }
  | { readonly _tag: "Failed"; readonly failure: ClientFailure }

/** A request of a client; those on the same `lane` of a client arrive in order. */
export interface Wish<Name extends ApiName> {
  readonly client: string
  readonly lane: string
  readonly name: Name
  readonly version: number
  readonly body: Apis[Name]["request"]["Input"]
  readonly timeoutMs: number
  readonly ended: (outcome: Outcome<Name>) => void
}

/** A request on its way; `copies` counts how often it has arrived, and the answer to the last of them is the one. */
export interface Exchange {
  readonly wish: Wish<ApiName>
  readonly deadline: number
  copies: number
}

/** Where requests arrive; false where nobody listens. */
export type Arrive = (exchange: Exchange, copy: number) => boolean

type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Send"; readonly exchange: Exchange }
  | { readonly _tag: "End"; readonly exchange: Exchange; readonly outcome: Outcome<ApiName> }
  | { readonly _tag: "Done" }

type Output =
  | { readonly _tag: "Deliver"; readonly exchange: Exchange }
  | { readonly _tag: "Hand"; readonly exchange: Exchange; readonly outcome: Outcome<ApiName> }

const done: Input = { _tag: "Done" }

const failedAs = (reason: ClientFailureReason): Outcome<ApiName> => ({
  _tag: "Failed",
  failure: new ClientFailure({ reason, broker: "b", message: `The simulation has it end: ${reason}.` })
})

const unreachable = failedAs("Unreachable")
const closed = failedAs("Closed")
const timedOut = failedAs("TimedOut")

/** The way between clients and a broker, on which requests and answers are late, are lost, and come twice. */
export class GroupNetwork {
  private readonly simulation: Simulation
  private readonly losses: number
  private readonly arrive: Arrive
  private readonly open = new Set<Exchange>()
  private readonly node: Node<undefined, Input>
  /** Until when nothing comes to some clients, or from them. */
  private readonly cutOff = new Map<string, number>()
  /** Ends that their clients have not heard of. */
  private handing = 0

  constructor(simulation: Simulation, losses: number, repeats: boolean, arrive: Arrive) {
    this.simulation = simulation
    this.losses = losses
    this.arrive = arrive
    this.node = simulation.node<undefined, Input, Output>({
      name: "network",
      crashes: false,
      boot: () => ({
        machine: { step: (_, input) => [undefined, this.step(input)], wakeAt: () => this.wakeAt() },
        state: undefined,
        tick: (now) => ({ _tag: "Tick", now }),
        label: (one) =>
          "exchange" in one ? `${one._tag} ${one.exchange.wish.client} ${one.exchange.wish.name}` : one._tag,
        perform: (output) => {
          const { exchange } = output
          if (output._tag === "Hand") {
            this.handing++
            return task<Input>(undefined, () => {
              this.handing--
              exchange.wish.ended(output.outcome)
              return done
            })
          }
          const { client, lane } = exchange.wish
          return task(`${client} ${lane}`, () => this.deliver(exchange), { repeatable: repeats })
        }
      })
    })
  }

  send<Name extends ApiName>(wish: Wish<Name>): void {
    const deadline = this.simulation.now() + wish.timeoutMs
    this.node.feed({ _tag: "Send", exchange: { wish: wish as never, deadline, copies: 0 } })
  }

  /** The broker's answer to a copy of a request. */
  answer(exchange: Exchange, copy: number, body: Apis[ApiName]["response"]["Type"]): void {
    if (copy !== exchange.copies || !this.open.has(exchange)) return
    if (this.isCutOff(exchange, "an answer")) return
    if (this.losing("an answer was lost")) return this.lose(exchange)
    this.end(exchange, { _tag: "Reply", body })
  }

  /** A client reaches nobody for so many milliseconds, and nobody tells it so: it goes on, and finds its time up. */
  isolate(client: string, ms: number): void {
    this.cutOff.set(client, Math.max(this.cutOff.get(client) ?? 0, this.simulation.now() + ms))
  }

  /** Everybody is reached again. */
  mend(): void {
    this.cutOff.clear()
  }

  /** A client is gone: nobody hears what it has asked. */
  forget(client: string): void {
    for (const one of this.open) if (one.wish.client === client) this.open.delete(one)
  }

  /** The broker is gone, and with it every connection. */
  cut(): void {
    for (const one of this.open) if (one.copies > 0) this.end(one, closed)
  }

  /** Whether nothing is on its way. */
  idle(): boolean {
    return this.open.size === 0 && this.handing === 0
  }

  private isCutOff({ wish }: Exchange, what: string): boolean {
    if (this.simulation.now() >= (this.cutOff.get(wish.client) ?? 0)) return false
    this.simulation.mark(`${what} was cut off`)
    return true
  }

  private losing(what: string): boolean {
    return this.losses > 0 && this.simulation.chance(what, this.losses)
  }

  private end(exchange: Exchange, outcome: Outcome<ApiName>): void {
    this.node.feed({ _tag: "End", exchange, outcome })
  }

  /** What is lost is noticed at once where its connection broke, and else when its time is up. */
  private lose(exchange: Exchange): void {
    if (this.simulation.random("losses").chance(60)) this.end(exchange, closed)
  }

  private deliver(exchange: Exchange): Input {
    exchange.copies++
    if (this.isCutOff(exchange, "a request")) return done
    if (this.losing("a request was lost")) this.lose(exchange)
    else if (!this.arrive(exchange, exchange.copies)) this.end(exchange, unreachable)
    return done
  }

  private step(input: Input): ReadonlyArray<Output> {
    switch (input._tag) {
      case "Tick": {
        const late = [...this.open].filter(({ deadline }) => deadline <= input.now)
        for (const one of late) this.open.delete(one)
        return late.map((exchange) => ({ _tag: "Hand", exchange, outcome: timedOut }))
      }
      case "Send":
        this.open.add(input.exchange)
        return [{ _tag: "Deliver", exchange: input.exchange }]
      case "End":
        return this.open.delete(input.exchange)
          ? [{ _tag: "Hand", exchange: input.exchange, outcome: input.outcome }]
          : []
      case "Done":
        return []
    }
  }

  private wakeAt(): number | undefined {
    let at = Infinity
    for (const { deadline } of this.open) at = Math.min(at, deadline)
    return at === Infinity ? undefined : at
  }
}
