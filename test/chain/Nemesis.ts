import { setTimeout as delay } from "node:timers/promises"
import { makePrng } from "../../core/simulation/index.ts"
import type { Prng } from "../../core/simulation/index.ts"
import { nodeIds } from "./Cluster.ts"
import type { Cluster, ClusterNode } from "./Cluster.ts"
import { now } from "./History.ts"
import type { History } from "./History.ts"
import { send, statusOf } from "./Http.ts"
import { cutOf, LinkHarm, linksOf, linksTo } from "./LinkHarm.ts"
import { Strikes } from "./Strikes.ts"

/** What is done: at least so many kills, for at least so many minutes. */
export interface NemesisOptions {
  readonly seed: number
  readonly kills: number
  readonly minutes: number
  /** Whether disks can be full. */
  readonly fills: boolean
  readonly onKill: (kills: number, what: string) => void
}

const patienceMs = 60_000
const askMs = 3000

/** Harms a cluster in whatever way a seed says, and mends it again. */
export class Nemesis {
  readonly strikes = new Strikes()
  readonly #cluster: Cluster
  readonly #history: History
  readonly #options: NemesisOptions
  readonly #links: LinkHarm

  constructor(cluster: Cluster, history: History, options: NemesisOptions) {
    this.#cluster = cluster
    this.#history = history
    this.#options = options
    this.#links = new LinkHarm(cluster, history, this.strikes)
  }

  /** Does its work, and leaves a cluster in which every link is open, and every node runs unless there are complaints. */
  async run(): Promise<void> {
    const random = makePrng(this.#options.seed)
    const links = this.#links.run(random.stream("links"))
    try {
      await this.#harmNodes(random.stream("nodes"))
    } catch (error) {
      this.strikes.complaints.push(String(error))
    } finally {
      this.#links.end()
      await links
    }
  }

  async #harmNodes(random: Prng): Promise<void> {
    const { fills, kills, minutes } = this.#options
    const { complaints, counts } = this.strikes
    const until = performance.now() + minutes * 60_000
    while (complaints.length === 0 && (counts.kills < kills || performance.now() < until)) {
      await delay(random.below(500))
      const roll = random.below(100)
      if (roll < 36) await this.#killSome(random)
      else if (roll < 50) await this.#killDeposed(random)
      else if (roll < 62) await this.#killAheadOf(random)
      else if (roll < 80) await this.#pause(random)
      else if (roll < 88 && fills) await this.#fill(random)
      else if (roll < 94) await this.#snapshot(random)
      else await this.#transfer(random)
      if (random.chance(75)) await this.#recovered()
      await this.#watch()
    }
  }

  /** Waits until something that began from now on has ended well. */
  async #recovered(): Promise<void> {
    const since = now()
    while (this.#history.lastOk < since) {
      if (now() - since > patienceMs) {
        const all = await Promise.all(this.#cluster.nodes.map((node) => statusOf(node)))
        const said = all.map((one) => JSON.stringify(one)).join("\n")
        this.strikes.complaints.push(`From ${since} on nothing has ended well for ${patienceMs} ms:\n${said}`)
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
        this.strikes.complaints.push(`Node ${id} has ended by itself with ${life.end}`)
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
    const second = this.#cluster.node(1 + ((first.id + others - 1) % nodeIds.length))
    const targets = how < 72 ? [first] : how < 88 ? [first, second] : this.#cluster.nodes
    await this.#strikeDown(targets)
    const restarts = targets.map((node) => ({
      node,
      afterMs: random.below(1200),
      early: random.chance(15) ? random.below(1000) : undefined
    }))
    await Promise.all(restarts.map(({ afterMs, early, node }) => this.#restart(node, afterMs, early)))
  }

  /** Cuts off a leader, which takes what it cannot commit, and kills it; it comes back behind the cut, or after it. */
  async #killDeposed(random: Prng): Promise<void> {
    const node = this.#target(random, 100)
    const [mode, afterMs, downMs, behind] = [
      cutOf(random),
      50 + random.below(1200),
      random.below(2500),
      random.chance(40)
    ]
    this.#links.take(mode, linksOf(node.id))
    await delay(afterMs)
    await this.#strikeDown([node])
    if (behind) await this.#restart(node, downMs, undefined)
    else await delay(downMs)
    this.#links.release()
    if (!behind) await this.#restart(node, 0, undefined)
  }

  /** Cuts off a follower for a while, and kills the leader in the moment in which the follower comes back, behind. */
  async #killAheadOf(random: Prng): Promise<void> {
    const leader = this.#target(random, 100)
    const behind = 1 + ((leader.id + random.below(2)) % nodeIds.length)
    const [mode, oneWay, forMs, downMs] = [
      cutOf(random),
      random.chance(40),
      300 + random.below(1500),
      random.below(2500)
    ]
    this.#links.take(mode, oneWay ? linksTo(behind) : linksOf(behind))
    await delay(forMs)
    await this.#strikeDown([leader])
    this.#links.release()
    await this.#restart(leader, downMs, undefined)
  }

  async #strikeDown(targets: ReadonlyArray<ClusterNode>): Promise<void> {
    const { leader } = this.#cluster
    const { counts, leaderKills } = this.strikes
    if (leader !== undefined && targets.includes(leader)) {
      counts.killsOfLeader++
      if (targets.length === 1) leaderKills.push(now())
    }
    const names = targets.map((node) => `node ${node.id}${node === leader ? ", which leads" : ""}`)
    await Promise.all(targets.map((node) => this.#kill(node)))
    this.#options.onKill(counts.kills, names.join("; "))
  }

  async #kill(node: ClusterNode): Promise<void> {
    this.strikes.note(`kill node ${node.id}`)
    const { life } = node
    const ran = life?.isRunning === true
    await this.#cluster.kill(node)
    if (ran && life?.wasKilled === false) {
      this.strikes.complaints.push(`Node ${node.id} has ended by itself with ${life.end}`)
    }
    this.strikes.counts.kills++
  }

  async #restart(node: ClusterNode, afterMs: number, early: number | undefined): Promise<void> {
    await delay(afterMs)
    if (early !== undefined) {
      this.#cluster.begin(node)
      await delay(early)
      this.strikes.counts.killsBeforeReady++
      await this.#kill(node)
    }
    this.strikes.note(`start node ${node.id}`)
    await this.#cluster.start(node)
  }

  /** Stops a process for a while, so that it wakes up in a world that has gone on; some never wake up. */
  async #pause(random: Prng): Promise<void> {
    const first = this.#target(random, 70)
    const second = this.#cluster.node(1 + (first.id % nodeIds.length))
    const targets = random.chance(20) ? [first, second] : [first]
    const [forMs, dies] = [100 + random.below(4000), random.chance(25)]
    for (const { id, life } of targets) {
      this.strikes.counts.pauses++
      this.strikes.note(`pause node ${id} for ${forMs} ms`)
      life?.send("SIGSTOP")
    }
    await delay(forMs)
    for (const node of targets) {
      if (dies) {
        await this.#kill(node)
        await this.#restart(node, 0, undefined)
      } else {
        this.strikes.note(`resume node ${node.id}`)
        node.life?.send("SIGCONT")
      }
    }
  }

  /** Gives a node no more space, upon which it has to stop; then there is space again, and it has to come back. */
  async #fill(random: Prng): Promise<void> {
    const node = this.#target(random, 50)
    const { life, volume } = node
    if (life === undefined) return
    this.strikes.counts.fullDisks++
    this.strikes.note(`fill the disk of node ${node.id}`)
    volume.fill(life.pid, random.below(400))
    const late = setTimeout(() => life.send("SIGKILL"), 2000 + random.below(3000))
    await life.ended
    clearTimeout(late)
    if (life.wasKilled) this.strikes.counts.kills++
    else if (life.exitCode !== 1 || !/full|space|too large/i.test(life.end)) {
      this.strikes.complaints.push(`Node ${node.id}, whose disk is full, has ended with ${life.end}`)
    } else this.strikes.counts.stoppedByFullDisk++
    volume.free()
    this.strikes.note(`free the disk of node ${node.id}`)
    await this.#restart(node, 0, undefined)
  }

  async #snapshot(random: Prng): Promise<void> {
    const { id, life } = random.pick(this.#cluster.nodes)
    this.strikes.note(`snapshot at node ${id}`)
    if (life?.reached === undefined) return
    const reply = await send({ method: "POST", url: `${life.reached.url}/snapshot` }, askMs)
    if (reply._tag === "Answered" && reply.status === 202) this.strikes.counts.snapshots++
  }

  async #transfer(random: Prng): Promise<void> {
    const { leader } = this.#cluster
    const to = random.pick(nodeIds)
    if (leader?.life?.reached === undefined || leader.id === to) return
    this.strikes.note(`transfer from node ${leader.id} to node ${to}`)
    const url = `${leader.life.reached.url}/transfer?timeoutMs=${askMs}`
    const reply = await send({ method: "POST", url, body: { to } }, askMs)
    if (reply._tag === "Answered" && reply.status === 200) this.strikes.counts.transfers++
  }
}
