import { StoreTrust } from "../../journal/index.ts"
import type { JournalError } from "../../journal/index.ts"
import { answer } from "../../machine/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Node, Prng } from "../../simulation/index.ts"
import { place, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"

type Request = Extract<StoreTrust.StoreTrustOutput, { readonly _tag: "Request" }>

/** How long a store is trusted that could not be compared. */
export const unknownMs = 50

const labelOf = (one: StoreTrust.StoreTrustInput | StoreTrust.StoreTrustOutput): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag === "Reply") return one.error === undefined ? "Reply" : `Reply ${one.error.reason}`
  return one._tag === "Request" ? one.request._tag : one._tag
}

/** What the readers of a process ask before they write a mark: whether the store is this log's. */
export class SimulatedTrust {
  private readonly world: JournalWorld
  private readonly random: Prng
  private readonly waiting = new Map<number, (error: JournalError | undefined) => void>()
  private readonly node: Node<StoreTrust.StoreTrustState, StoreTrust.StoreTrustInput>
  private tickets = 0
  /** How often the store had been restored when the last comparison began. */
  private restores = 0

  constructor(world: JournalWorld, name: string) {
    this.world = world
    this.random = world.simulation.random(name)
    this.node = this.start(name)
  }

  isTrusted(): boolean {
    return StoreTrust.isTrusted(this.node.state(), this.node.now())
  }

  isComparing(): boolean {
    return this.node.state().comparison !== undefined
  }

  /** Whether the store was restored since the last comparison began. */
  isOutdated(): boolean {
    return this.restores !== this.world.restores
  }

  /** Asks, with the answer at once or later; at times in the company of one who does not wait for it. */
  ask(reply: (error: JournalError | undefined) => void): void {
    const { random, world } = this
    const leaves = random.chance(20) ? this.begin(() => undefined) : undefined
    if (leaves !== undefined && random.chance(20)) {
      world.simulation.mark("nobody waited for a comparison any more")
      leaves()
      this.begin(reply)
      return
    }
    this.begin(reply)
    leaves?.()
  }

  doubt(): void {
    this.node.feed({ _tag: "Doubt" })
  }

  private begin(reply: (error: JournalError | undefined) => void): () => void {
    const ticket = ++this.tickets
    this.waiting.set(ticket, reply)
    this.node.feed({ _tag: "Ask", ticket })
    return () => {
      this.waiting.delete(ticket)
      this.node.feed({ _tag: "Leave", ticket })
    }
  }

  private start(name: string): Node<StoreTrust.StoreTrustState, StoreTrust.StoreTrustInput> {
    const { simulation, subjects } = this.world
    const lookBack = simulation.knob("foreign") === 1 ? 100 : simulation.knob("lookBack")
    return simulation.node<StoreTrust.StoreTrustState, StoreTrust.StoreTrustInput, StoreTrust.StoreTrustOutput>({
      name,
      crashes: false,
      boot: () => ({
        machine: subjects.trust,
        state: StoreTrust.start({ ...place, lookBack, unknownMs, storeName: undefined }),
        tick: (now) => ({ _tag: "Tick", now }),
        label: labelOf,
        status: ({ trustedUntil, waiting }) => `trusted until ${trustedUntil}, ${waiting.length} wait`,
        perform: (output) => this.perform(output)
      })
    })
  }

  private perform(output: StoreTrust.StoreTrustOutput): Meaning<StoreTrust.StoreTrustInput> {
    const { waiting } = this
    switch (output._tag) {
      case "Request": {
        const { round } = output
        if (this.node.state().comparison?.comparing === undefined) this.restores = this.world.restores
        const timedOut = { _tag: "Failed", round, error: storeDown } as const
        return task(undefined, () => this.carryOut(output), { timedOut, repeatable: true })
      }
      case "Abandon":
        return answer(() => undefined)
      case "Reply":
        return answer(() => {
          const reply = waiting.get(output.ticket)
          waiting.delete(output.ticket)
          reply?.(output.error)
        })
    }
  }

  /** Carries out what a comparison asks for; a log that is down is asked again. */
  private carryOut({ request, round }: Request): StoreTrust.StoreTrustInput | undefined {
    const { random, world } = this
    if (request._tag === "Look") {
      const found = world.readLog(request.offset, world.isForeign ? 100 : 1 + random.below(20))
      if (found._tag === "LogRead") return { _tag: "Answered", round, answer: found }
      const { failure } = found
      return failure._tag === "Retry" ? undefined : { _tag: "Answered", round, answer: { _tag: "LogFailed", failure } }
    }
    if (world.fault("store down", 1)) return { _tag: "Failed", round, error: storeDown }
    const { heads, pointer } = world.store
    return request._tag === "ReadHead"
      ? { _tag: "Answered", round, answer: { _tag: "HeadRead", head: heads.get(request.id) } }
      : { _tag: "Answered", round, answer: { _tag: "PointerConfirmed", offset: pointer } }
  }
}
