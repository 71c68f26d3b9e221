import { setTimeout as delay } from "node:timers/promises"
import type { Prng } from "../../core/simulation/index.ts"
import { nodeIds } from "./Cluster.ts"
import type { Cluster, Link } from "./Cluster.ts"
import { now } from "./History.ts"
import type { History } from "./History.ts"
import type { LinkMode } from "./LinkProxy.ts"
import type { Strikes } from "./Strikes.ts"

/** Some of the links, and what they are called. */
export interface Chosen {
  readonly what: string
  readonly has: (link: Link) => boolean
}

/** The links from and to a node. */
export const linksOf = (id: number): Chosen => ({
  what: `to and from node ${id}`,
  has: ({ from, to }) => from === id || to === id
})

/** The links to a node. */
export const linksTo = (id: number): Chosen => ({ what: `to node ${id}`, has: ({ to }) => to === id })

/** The links from a node. */
export const linksFrom = (id: number): Chosen => ({ what: `from node ${id}`, has: ({ from }) => from === id })

const cutting = ["Refused", "Silent", "Deaf", "Mute", "Held"] as const

/** A mode in which nothing arrives for a while. */
export const cutOf = (random: Prng): LinkMode => ({ _tag: random.pick(cutting) })

const next = (node: number): number => 1 + (node % nodeIds.length)

/** After so long without anything that ends well links are left alone. */
const mercyMs = 6000

/** Harms the links of a cluster from time to time, one set of them at a time. */
export class LinkHarm {
  readonly #cluster: Cluster
  readonly #history: History
  readonly #strikes: Strikes
  #isTaken = false
  #over = false

  constructor(cluster: Cluster, history: History, strikes: Strikes) {
    this.#cluster = cluster
    this.#history = history
    this.#strikes = strikes
  }

  async run(random: Prng): Promise<void> {
    while (!this.#over) {
      await this.#sleep(random.below(3000))
      const chosen = this.#choose(random)
      const forMs = 200 + random.below(4000)
      const slow: LinkMode = random.chance(50) ? { _tag: "Late", delayMs: 5 + random.below(500) } : { _tag: "Crumbs" }
      const mode: LinkMode = random.chance(75) ? cutOf(random) : slow
      if (this.#over || this.#isTaken || now() - this.#history.lastOk > mercyMs) continue
      this.#harm(mode, chosen, `for ${forMs} ms`)
      await this.#sleep(forMs)
      if (!this.#isTaken) this.#heal()
    }
  }

  /** Leaves all links open, for good. */
  end(): void {
    this.#over = true
    this.#heal()
  }

  /** Harms these links, and nothing else is done to links until `release`. */
  take(mode: LinkMode, chosen: Chosen): void {
    this.#isTaken = true
    this.#harm(mode, chosen, "until what follows is done")
  }

  release(): void {
    this.#isTaken = false
    this.#heal()
  }

  #harm(mode: LinkMode, { has, what }: Chosen, howLong: string): void {
    const { counts } = this.#strikes
    if (mode._tag === "Late" || mode._tag === "Crumbs") counts.slowLinks++
    else counts.cuts++
    this.#strikes.note(`${mode._tag}${mode._tag === "Late" ? ` by ${mode.delayMs} ms` : ""}: ${what} ${howLong}`)
    this.#cluster.connect(mode, has)
  }

  #heal(): void {
    this.#strikes.note("all links open")
    this.#cluster.heal()
  }

  #choose(random: Prng): Chosen {
    const [roll, place] = [random.below(100), random.below(this.#cluster.links.length)]
    const [other, wantsLeader] = [random.pick(nodeIds), random.chance(60)]
    const id = wantsLeader ? (this.#cluster.leader?.id ?? other) : other
    if (roll < 35) return linksOf(id)
    if (roll < 60) return linksFrom(id)
    if (roll < 75) return linksTo(id)
    if (roll < 87) return { what: `not of node ${id}`, has: ({ from, to }) => from !== id && to !== id }
    if (roll < 94) return { what: "from each node to the next", has: ({ from, to }) => to === next(from) }
    return { what: `the ${place}th`, has: (link) => this.#cluster.links.indexOf(link) === place }
  }

  /** Sleeps, but not beyond the end. */
  async #sleep(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#over && performance.now() < until) await delay(Math.min(50, Math.max(1, until - performance.now())))
  }
}
