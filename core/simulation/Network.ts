import type { Chance } from "./Chance.ts"
import type { Engine } from "./Engine.ts"
import { noLane } from "./EventQueue.ts"
import { exponential, words } from "./Prng.ts"
import type { Prng } from "./Prng.ts"
import { labelOf, tagOf } from "./Label.ts"
import { happens, steps } from "./Kinds.ts"

/**
 * How the links between nodes are.
 *
 * **Details**
 *
 * - `minMs`, `meanMs`: a message takes `minMs` milliseconds and an exponentially spread part of about `meanMs`
 * - `loss`, `duplicate`, `reorder`: in how many percent of the messages that happens; a message that is reordered takes
 *   up to several times as long, and those after it do not wait for it. All others of one link keep their order
 * - `capacity`: how many messages a link holds; what is sent beyond it is lost. 0 for no bound
 */
export interface NetworkOptions {
  readonly minMs: number
  readonly meanMs: number
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
  readonly capacity: number
}

/** How links are until something else is said: a millisecond or so, and nothing goes wrong. */
export const calmNetwork: NetworkOptions = { minMs: 1, meanMs: 1, loss: 0, duplicate: 0, reorder: 0, capacity: 0 }

/** What faults make worse for a time, in percent, and `slowMs` in milliseconds. */
export type Burst = "loss" | "duplicate" | "reorder" | "slowMs"

interface Held {
  readonly message: unknown
  readonly id: number
}

/** The way from one node to another. */
export class Link {
  readonly lane: number
  readonly from: number
  readonly to: number
  readonly random: Prng
  readonly losses: Chance
  readonly duplicates: Chance
  readonly reorders: Chance
  readonly held: Array<Held> = []
  readonly bursts = { loss: 0, duplicate: 0, reorder: 0, slowMs: 0 }
  options: NetworkOptions | undefined
  lastKey = 0
  inFlight = 0
  cuts = 0
  clogs = 0
  /** Nothing goes wrong on it any more. */
  calm = false

  constructor(lane: number, from: number, to: number, engine: Engine) {
    const name = `${engine.names[from]}>${engine.names[to]}`
    this.lane = lane
    this.from = from
    this.to = to
    this.random = engine.random.stream(`link ${name}`)
    this.losses = engine.chance(`loss ${name}`)
    this.duplicates = engine.chance(`duplicate ${name}`)
    this.reorders = engine.chance(`reorder ${name}`)
  }
}

/** The simulated network: a link from each node to each other, made when it is first used. */
export class Network {
  options: NetworkOptions = calmNetwork
  private readonly engine: Engine
  private readonly lanes: () => number
  private readonly links: Array<Array<Link | undefined>> = []
  private calm: ((node: number) => boolean) | undefined

  constructor(engine: Engine, lanes: () => number) {
    this.engine = engine
    this.lanes = lanes
  }

  link(from: number, to: number): Link {
    const row = (this.links[from] ??= [])
    const known = row[to]
    if (known !== undefined) return known
    const made = new Link(this.lanes(), from, to, this.engine)
    made.calm = this.calm !== undefined && this.calm(from) && this.calm(to)
    row[to] = made
    return made
  }

  send(from: number, to: number, message: unknown, label: ((one: never) => string) | undefined): void {
    const { engine } = this
    const link = this.link(from, to)
    const options = link.options ?? this.options
    const id = ++engine.sent
    engine.mix(from, steps.send, tagOf(message), to)
    engine.watch?.({
      at: engine.now,
      node: engine.names[from] ?? "",
      kind: "send",
      what: labelOf(message, label),
      message: id,
      to: engine.names[to] ?? ""
    })
    const word = link.random.below(words)
    const burst = link.bursts
    if (link.cuts > 0) return this.drop(from, to, message, id)
    if (link.losses.happens(link.calm ? 0 : options.loss + burst.loss)) return this.drop(from, to, message, id)
    if (options.capacity > 0 && link.inFlight >= options.capacity) return this.drop(from, to, message, id)
    this.put(link, options, from, to, message, id, word)
    if (link.duplicates.happens(link.calm ? 0 : options.duplicate + burst.duplicate)) {
      this.put(link, options, from, to, message, id, Math.imul(word, 0x9e3779b1) >>> 0)
    }
  }

  /** A message has come to the end of its link: whether its node gets it now. */
  arrives(from: number, to: number, message: unknown, id: number): boolean {
    const link = this.link(from, to)
    link.inFlight--
    if (link.cuts > 0) {
      this.drop(from, to, message, id)
      return false
    }
    if (link.clogs === 0) return true
    link.inFlight++
    link.held.push({ message, id })
    return false
  }

  drop(from: number, to: number, message: unknown, id: number): void {
    const { engine } = this
    engine.mix(to, steps.drop, tagOf(message), from)
    engine.watch?.({
      at: engine.now,
      node: engine.names[to] ?? "",
      kind: "drop",
      what: tagOf(message),
      message: id,
      from: engine.names[from] ?? ""
    })
  }

  /** What was clogged goes on, in its order. */
  unclog(link: Link): void {
    const { from, to } = link
    link.clogs = Math.max(0, link.clogs - 1)
    if (link.clogs > 0) return
    for (const { id, message } of link.held.splice(0)) {
      link.inFlight--
      this.put(link, link.options ?? this.options, from, to, message, id, link.random.below(words))
    }
  }

  /** Ends every fault on the links between nodes that are `calm`. */
  heal(calm: (node: number) => boolean): void {
    this.calm = calm
    for (const [from, row] of this.links.entries()) {
      for (const [to, link] of (row ?? []).entries()) {
        if (link === undefined || !calm(from) || !calm(to)) continue
        link.calm = true
        link.cuts = 0
        link.bursts.slowMs = 0
        if (link.clogs > 0) {
          link.clogs = 1
          this.unclog(link)
        }
      }
    }
  }

  /** Things go wrong again. */
  disturb(): void {
    this.calm = undefined
    for (const row of this.links) for (const link of row ?? []) if (link !== undefined) link.calm = false
  }

  private put(
    link: Link,
    options: NetworkOptions,
    from: number,
    to: number,
    message: unknown,
    id: number,
    word: number
  ): void {
    const { engine } = this
    const reordered = link.reorders.happens(link.calm ? 0 : options.reorder + link.bursts.reorder)
    const took = options.minMs + exponential(word, reordered ? 4 * options.meanMs + 1 : options.meanMs)
    let key = engine.key(engine.now + took + link.bursts.slowMs, word)
    if (!reordered) {
      if (key < link.lastKey) key = link.lastKey
      link.lastKey = key
    }
    link.inFlight++
    engine.queue.push(key, to, 0, happens.deliver, message, reordered ? noLane : link.lane, from, id)
  }
}
