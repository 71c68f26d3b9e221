import { setTimeout as delay } from "node:timers/promises"
import type { Prng } from "../../../core/simulation/index.ts"
import { cutOf } from "../../chain/LinkHarm.ts"
import type { OwnServer } from "../OwnServer.ts"
import type { Member } from "./Member.ts"
import type { SoakStore } from "./SoakStores.ts"

/** What was done, by its name. */
export type Strikes = ReadonlyMap<string, number>

/**
 * Something that can be harmed in some ways, in one at a time; what is done is over when the promise is, and then it is
 * left alone for `restMs`.
 */
interface Target {
  readonly weight: number
  readonly restMs: number
  readonly ways: ReadonlyArray<readonly [what: string, harm: (random: Prng) => Promise<void>]>
  busy: boolean
}

/** Servers and those who use them come to themselves in between, or nothing else would ever be done. */
const serverRestMs = 40_000

const memberTarget = (member: Member): Target => ({
  weight: 6,
  restMs: 0,
  busy: false,
  ways: [
    [
      "kills of a replicator",
      async (random) => {
        await member.kill()
        await delay(random.below(2000))
        member.revive()
      }
    ],
    [
      "pauses of a replicator",
      async (random) => {
        member.pause()
        await delay(1000 + random.below(14_000))
        member.goOn()
      }
    ]
  ]
})

const serverTarget = (what: string, server: OwnServer<never>, isKept: boolean, weight: number): Target => {
  const pause = async (random: Prng): Promise<void> => {
    server.pause()
    await delay(500 + random.below(6000))
    server.goOn()
  }
  const kill = async (random: Prng): Promise<void> => {
    await server.kill()
    await delay(random.below(3000))
    await server.start()
  }
  const pausing = [`pauses of ${what}`, pause] as const
  return {
    weight,
    restMs: serverRestMs,
    busy: false,
    ways: isKept ? [pausing, [`restarts of ${what}`, kill]] : [pausing]
  }
}

const linkTarget = ({ link, name }: SoakStore): ReadonlyArray<Target> => {
  if (link === undefined) return []
  const cut = async (random: Prng): Promise<void> => {
    link.become(cutOf(random))
    await delay(200 + random.below(8000))
    link.become({ _tag: "Open" })
  }
  return [{ weight: 4, restMs: 2000, busy: false, ways: [[`cuts of the way to ${name}`, cut]] }]
}

const mostAtOnce = 3

/** Kills, stops and cuts off what a soak runs on, until it is told to end; everything is well again afterwards. */
export class Killer {
  readonly #targets: ReadonlyArray<Target>
  readonly #members: ReadonlyArray<Member>
  readonly #struck = new Map<string, number>()
  readonly #under = new Set<Promise<void>>()
  /** What replicators have said that ended by themselves, because something else was down when they began. */
  readonly endedAlone: Array<string> = []
  /** Says what was harmed and cannot be made well again, if anything. */
  broken: Error | undefined
  #stopping = false
  #done: Promise<unknown> = Promise.resolve()

  constructor(kafka: OwnServer<"kafka">, stores: ReadonlyArray<SoakStore>, members: ReadonlyArray<Member>) {
    this.#members = members
    this.#targets = [
      ...members.map(memberTarget),
      serverTarget("Kafka", kafka as OwnServer<never>, true, 2),
      ...stores.flatMap(({ isKept, name, server }) =>
        server === undefined ? [] : [serverTarget(name, server as OwnServer<never>, isKept, 2)]
      ),
      ...stores.flatMap(linkTarget)
    ]
  }

  get strikes(): Strikes {
    return this.#struck
  }

  start(random: Prng): void {
    this.#done = Promise.all([this.#strike(random), this.#supervise()])
  }

  /** Ends when everything that was harmed is well again. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#done
    await Promise.all(this.#under)
    for (const member of this.#members) member.revive()
  }

  async #strike(random: Prng): Promise<void> {
    while (!this.#stopping) {
      await delay(300 + random.below(2500))
      const free = this.#targets.filter(({ busy }) => !busy)
      if (free.length === 0 || this.#under.size >= mostAtOnce) continue
      const target = random.pick(free.flatMap((one) => Array.from({ length: one.weight }, () => one)))
      const [what, harm] = random.pick(target.ways)
      target.busy = true
      this.#struck.set(what, (this.#struck.get(what) ?? 0) + 1)
      const harming = harm(random).finally(() => this.#under.delete(harming))
      this.#under.add(harming)
      harming
        .then(() => delay(target.restMs, undefined, { ref: false }))
        .then(() => (target.busy = false))
        .catch((cause: unknown) => (this.broken = new Error(`One of the ${what} has no end.`, { cause })))
    }
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      await delay(500)
      for (const member of this.#members) {
        const { ended } = member
        if (member.isRunning || ended === undefined) continue
        this.endedAlone.push(`${member.name} ended with ${ended}`)
        member.revive()
      }
    }
  }
}
