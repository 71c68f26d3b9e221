import { setTimeout as delay } from "node:timers/promises"
import { makePrng } from "../../core/simulation/index.ts"
import type { Prng } from "../../core/simulation/index.ts"
import type { Cluster, ClusterNode, Link } from "./Cluster.ts"
import { nodeIds } from "./Cluster.ts"
import { now } from "./History.ts"
import type { History } from "./History.ts"
import { send } from "./Http.ts"
import type { LinkMode } from "./LinkProxy.ts"

/** Something that was done to the cluster. */
export interface Strike {
  readonly at: number
  readonly what: string
}

/** What is done: at least so many kills, for at least so many minutes. */
export interface NemesisOptions {
  readonly seed: number
  readonly kills: number
  readonly minutes: number
  /** Whether disks can be full. */
  readonly fills: boolean
  readonly onKill: (kills: number, what: string) => void
}

/** How often each thing was done. */
export interface Counts {
  kills: number
  killsBeforeReady: number
  killsOfLeader: number
  pauses: number
  cuts: number
  slowLinks: number
  fullDisks: number
  stoppedByFullDisk: number
  snapshots: number
  transfers: number
}

const patienceMs = 60_000
/** After so long without anything that ends well links are left alone. */
const mercyMs = 6000
const askMs = 3000

const modes: ReadonlyArray<LinkMode["_tag"]> = ["Refused", "Silent", "Deaf", "Mute", "Held"]

/** Harms a cluster in whatever way a seed says, and mends it again. */
export class Nemesis {
  readonly counts: Counts = {
    kills: 0,
    killsBeforeReady: 0,
    killsOfLeader: 0,
    pauses: 0,
    cuts: 0,
    slowLinks: 0,
    fullDisks: 0,
    stoppedByFullDisk: 0,
    snapshots: 0,
    transfers: 0
  }
  readonly strikes: Array<Strike> = []
  readonly complaints: Array<string> = []
  /** When a node that led was killed, and no other one with it. */
  readonly leaderKills: Array<number> = []
  readonly #cluster: Cluster
  readonly #history: History
  readonly #options: NemesisOptions
  #over = false

  constructor(cluster: Cluster, history: History, options: NemesisOptions) {
    this.#cluster = cluster
    this.#history = history
    this.#options = options
  }

  /** Does its work, and leaves a cluster in which every node runs and every link is open. */
  async run(): Promise<void> {
    const random = makePrng(this.#options.seed)
    const links = this.#harmLinks(random.stream("links"))
    try {
      await this.#harmNodes(random.stream("nodes"))
    } finally {
      this.#over = true
      await links
      this.#cluster.heal()
    }
  }

  async #harmNodes(random: Prng): Promise<void> {
    const { kills, minutes } = this.#options
    const until = performance.now() + minutes * 60_000
    while (this.complaints.length === 0 && (this.counts.kills < kills || performance.now() < until)) {
      await delay(random.below(500))
      const roll = random.below(100)
      if (roll < 60) await this.#killSome(random)
      else if (roll < 80) await this.#pause(random)
      else if (roll < 88 && this.#options.fills) await this.#fill(random)
      else if (roll < 94) await this.#snapshot(random)
      else await this.#transfer(random)
      if (random.chance(75)) await this.#recovered()
      await this.#watch()
    }
  }

  #note(what: string): void {
    this.strikes.push({ at: now(), what })
  }

  /** Waits until something that began from now on has ended well. */
  async #recovered(): Promise<void> {
    const since = now()
    while (this.#history.lastOk < since) {
      if (now() - since > patienceMs) {
        this.complaints.push(`From ${since} on nothing has ended well for ${patienceMs} ms, with all nodes running.`)
        return
      }
      await delay(20)
    }
  }

  /** A node that has ended by itself is a complaint. */
  async #watch(): Promise<void> {
    for (const { id, life } of this.#cluster.nodes) {
      if (life !== undefined && !life.isRunning) {
        await life.ended
        this.complaints.push(`Node ${id} has ended by itself with ${life.end}`)
      }
    }
  }

  #target(random: Prng, leaderPercent: number): ClusterNode {
    const other = random.pick(this.#cluster.nodes)
    return random.chance(leaderPercent) ? (this.#cluster.leader ?? other) : other
  }

  async #killSome(random: Prng): Promise<void> {
    const how = random.below(100)
    const first = this.#target(random, 60)
    const others = random.pick([1, 2])
    const targets =
      how < 72
        ? [first]
        : how < 88
          ? [first, this.#cluster.node(1 + ((first.id + others - 1) % nodeIds.length))]
          : this.#cluster.nodes
    const { leader } = this.#cluster
    if (leader !== undefined && targets.includes(leader)) {
      this.counts.killsOfLeader++
      if (targets.length === 1) this.leaderKills.push(now())
    }
    const name = targets.map((node) => `node ${node.id}${node === leader ? ", which leads," : ""}`).join(" and ")
    await Promise.all(targets.map((node) => this.#kill(node)))
    this.#options.onKill(this.counts.kills, name)
    const restarts = targets.map((node) => ({
      node,
      afterMs: random.below(1200),
      early: random.chance(15) ? random.below(1000) : undefined
    }))
    await Promise.all(restarts.map(({ afterMs, early, node }) => this.#restart(node, afterMs, early)))
  }

  async #kill(node: ClusterNode): Promise<void> {
    this.#note(`kill node ${node.id}`)
    const { life } = node
    const ran = life?.isRunning === true
    await this.#cluster.kill(node)
    if (ran && life?.wasKilled === false) {
      this.complaints.push(`Node ${node.id} has ended by itself with ${life.end}`)
    }
    this.counts.kills++
  }

  async #restart(node: ClusterNode, afterMs: number, early: number | undefined): Promise<void> {
    await delay(afterMs)
    if (early !== undefined) {
      this.#cluster.begin(node)
      await delay(early)
      this.counts.killsBeforeReady++
      await this.#kill(node)
    }
    this.#note(`start node ${node.id}`)
    await this.#cluster.start(node)
  }

  /** Stops a process for a while, so that it wakes up in a world that has gone on; some never wake up. */
  async #pause(random: Prng): Promise<void> {
    const first = this.#target(random, 70)
    const second = this.#cluster.node(1 + (first.id % nodeIds.length))
    const targets = random.chance(20) ? [first, second] : [first]
    const [forMs, dies] = [100 + random.below(4000), random.chance(25)]
    for (const { id, life } of targets) {
      this.counts.pauses++
      this.#note(`pause node ${id} for ${forMs} ms`)
      life?.send("SIGSTOP")
    }
    await delay(forMs)
    for (const node of targets) {
      if (dies) {
        await this.#kill(node)
        await this.#restart(node, 0, undefined)
      } else {
        this.#note(`resume node ${node.id}`)
        node.life?.send("SIGCONT")
      }
    }
  }

  /** Gives a node no more space, upon which it has to stop; then there is space again, and it has to come back. */
  async #fill(random: Prng): Promise<void> {
    const node = this.#target(random, 50)
    const { life, volume } = node
    if (life === undefined) return
    this.counts.fullDisks++
    this.#note(`fill the disk of node ${node.id}`)
    volume.fill(life.pid, random.below(400))
    const late = setTimeout(() => life.send("SIGKILL"), 2000 + random.below(3000))
    await life.ended
    clearTimeout(late)
    if (life.wasKilled) this.counts.kills++
    else if (life.exitCode !== 1 || !/full|space|too large/i.test(life.end)) {
      this.complaints.push(`Node ${node.id}, whose disk is full, has ended with ${life.end}`)
    } else this.counts.stoppedByFullDisk++
    volume.free()
    this.#note(`free the disk of node ${node.id}`)
    await this.#restart(node, 0, undefined)
  }

  async #snapshot(random: Prng): Promise<void> {
    const { id, life } = random.pick(this.#cluster.nodes)
    this.#note(`snapshot at node ${id}`)
    if (life?.reached === undefined) return
    const reply = await send({ method: "POST", url: `${life.reached.url}/snapshot` }, askMs)
    if (reply._tag === "Answered" && reply.status === 202) this.counts.snapshots++
  }

  async #transfer(random: Prng): Promise<void> {
    const { leader } = this.#cluster
    const to = random.pick(nodeIds)
    if (leader?.life?.reached === undefined || leader.id === to) return
    this.#note(`transfer from node ${leader.id} to node ${to}`)
    const url = `${leader.life.reached.url}/transfer?timeoutMs=${askMs}`
    const reply = await send({ method: "POST", url, body: { to } }, askMs)
    if (reply._tag === "Answered" && reply.status === 200) this.counts.transfers++
  }

  async #harmLinks(random: Prng): Promise<void> {
    while (!this.#over) {
      await this.#sleep(random.below(4000))
      const { chosen, what } = this.#chooseLinks(random)
      const forMs = 200 + random.below(4000)
      const mode: LinkMode = random.chance(75)
        ? { _tag: random.pick(modes) as "Held" }
        : random.chance(50)
          ? { _tag: "Late", delayMs: 5 + random.below(500) }
          : { _tag: "Crumbs" }
      if (this.#over || now() - this.#history.lastOk > mercyMs) continue
      if (mode._tag === "Late" || mode._tag === "Crumbs") this.counts.slowLinks++
      else this.counts.cuts++
      this.#note(`${mode._tag}${mode._tag === "Late" ? ` by ${mode.delayMs} ms` : ""}: ${what} for ${forMs} ms`)
      this.#cluster.connect(mode, chosen)
      await this.#sleep(forMs)
      this.#cluster.heal()
      this.#note("all links open")
    }
  }

  #chooseLinks(random: Prng): { readonly chosen: (link: Link) => boolean; readonly what: string } {
    const [roll, share] = [random.below(100), random.below(6)]
    const { id } = this.#target(random, 60)
    if (roll < 30) return { what: `to and from ${id}`, chosen: ({ from, to }) => from === id || to === id }
    if (roll < 50) return { what: `from ${id}`, chosen: ({ from }) => from === id }
    if (roll < 70) return { what: `to ${id}`, chosen: ({ to }) => to === id }
    if (roll < 85) return { what: `between the others than ${id}`, chosen: ({ from, to }) => from !== id && to !== id }
    if (roll < 93) {
      const next = (node: number): number => 1 + (node % nodeIds.length)
      return { what: "around", chosen: ({ from, to }) => to === next(from) }
    }
    const { links } = this.#cluster
    return { what: `link ${share}`, chosen: (link) => links.indexOf(link) === share }
  }

  /** Sleeps, but not beyond the end of the work. */
  async #sleep(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#over && performance.now() < until) await delay(Math.min(50, Math.max(1, until - performance.now())))
  }
}
