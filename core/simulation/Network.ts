import type { Chance } from "./Chance.ts"
import type { Engine } from "./Engine.ts"
import { noLane } from "./EventQueue.ts"
import { exponential, words } from "./Prng.ts"
import type { Prng } from "./Prng.ts"
import { tagOf } from "./Label.ts"
import { happens, steps } from "./Kinds.ts"

/**
 * How the links between nodes are.
 *
 * **Details**
 *
 * - `minMs`, `meanMs`: a message takes `minMs` milliseconds and an exponentially spread part of about `meanMs`
 * - `loss`, `duplicate`, `reorder`: in how many percent of the messages that happens; a message that is reordered takes
 *   up to several times as long, and those after it do not wait for it. All others of one link keep their order, but
 *   that what is sent after everything has healed overtakes what was slow before
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

  send(from: number, to: number, message: unknown): void {
    const { engine } = this
    const link = this.link(from, to)
    const { bursts, calm } = link
    const options = link.options ?? this.options
    const id = ++engine.sent
    engine.mix(from, steps.send, tagOf(message), to)
    if (engine.watch !== undefined) this.show("send", from, to, message, id)
    // Whatever becomes of it, a message draws the same: the next one is as it would have been.
    const word = link.random.below(words)
    const lost = link.losses.happens(calm ? 0 : options.loss + bursts.loss)
    const twice = link.duplicates.happens(calm ? 0 : options.duplicate + bursts.duplicate)
    const reordered = link.reorders.happens(calm ? 0 : options.reorder + bursts.reorder)
    if (lost || link.cuts > 0 || (options.capacity > 0 && link.inFlight >= options.capacity)) {
      return this.drop(from, to, message, id)
    }
    this.put(link, options, message, id, word, reordered)
    if (twice) this.put(link, options, message, id, Math.imul(word, 0x9e3779b1) >>> 0, false)
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
    if (engine.watch !== undefined) this.show("drop", from, to, message, id)
  }

  /** What was clogged arrives, in its order. */
  unclog(link: Link): void {
    const { engine } = this
    link.clogs = Math.max(0, link.clogs - 1)
    if (link.clogs > 0) return
    const key = engine.key(engine.now, 0)
    for (const { id, message } of link.held.splice(0)) {
      engine.queue.push(key, link.to, 0, happens.deliver, message, link.lane, link.from, id)
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
        // What is slow on its way holds back nothing that is sent from now on.
        link.lastKey = 0
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
    message: unknown,
    id: number,
    word: number,
    reordered: boolean
  ): void {
    const { engine } = this
    const took = options.minMs + exponential(word, reordered ? 4 * options.meanMs + 1 : options.meanMs)
    let key = engine.key(engine.now + took + link.bursts.slowMs, word)
    if (!reordered) {
      if (key < link.lastKey) key = link.lastKey
      link.lastKey = key
    }
    link.inFlight++
    engine.queue.push(key, link.to, 0, happens.deliver, message, reordered ? noLane : link.lane, link.from, id)
  }

  private show(kind: "send" | "drop", from: number, to: number, message: unknown, id: number): void {
    const { engine } = this
    const what = engine.receivers[from]?.nameOf(message) ?? ""
    const [source = "", target = ""] = [engine.names[from], engine.names[to]]
    engine.watch?.(
      kind === "send"
        ? { at: engine.now, node: source, kind, what, message: id, to: target }
        : { at: engine.now, node: target, kind, what, message: id, from: source }
    )
  }
}
