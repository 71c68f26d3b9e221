import { PartitionCache } from "../../journal/index.ts"
import type { TailAnswer } from "../../journal/index.ts"
import { answer } from "../../machine/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Node, Prng } from "../../simulation/index.ts"
import { logDown, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"

type CacheNode = Node<PartitionCache.PartitionCacheState, PartitionCache.PartitionCacheInput>

const labelOf = (one: PartitionCache.PartitionCacheInput | PartitionCache.PartitionCacheOutput): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag === "Reply") return one.answer._tag === "Known" ? "Reply Known" : `Reply ${one.answer.why}`
  return one._tag === "Request" ? one.request._tag : one._tag
}

/**
 * What the readers of a process ask: a cache of the partition's tails. When it crashes, those who wait are told so, and
 * another one begins with nothing when somebody asks; so does one that was closed because nobody did.
 */
export class SimulatedCache {
  private readonly world: JournalWorld
  private readonly pages: Prng
  private readonly waiting = new Map<number, (answer: TailAnswer) => void>()
  private node: CacheNode | undefined
  private began = false
  private tickets = 0

  constructor(world: JournalWorld) {
    this.world = world
    this.pages = world.simulation.random("pages of the cache")
  }

  /** Asks for a journal's tail, with the answer at once or later. */
  ask(id: string, mark: number, reply: (answer: TailAnswer) => void): void {
    const ticket = ++this.tickets
    this.waiting.set(ticket, reply)
    const node = (this.node ??= this.start())
    if (!node.alive()) node.restart()
    if (!this.began) {
      this.began = true
      node.feed({ _tag: "Begin" })
    }
    node.feed({ _tag: "Get", ticket, id, mark })
  }

  stop(): void {
    this.node?.stop()
    this.dismiss()
  }

  private start(): CacheNode {
    const { simulation, subjects } = this.world
    const config: PartitionCache.PartitionCacheConfig = {
      maxIds: simulation.knob("cacheIds"),
      maxWaiting: simulation.knob("cacheWaiting"),
      timeoutMs: simulation.knob("cacheTimeoutMs"),
      pointerMs: simulation.knob("cachePointerMs"),
      idlePointerMs: 100,
      idleAfterMs: 200,
      expiryMs: simulation.knob("cacheExpiryMs"),
      backoffMs: 2,
      maxLogBackoffMs: 20,
      maxStoreBackoffMs: 20
    }
    return simulation.node<
      PartitionCache.PartitionCacheState,
      PartitionCache.PartitionCacheInput,
      PartitionCache.PartitionCacheOutput
    >({
      name: "cache",
      restarts: false,
      crashed: () => {
        simulation.mark("a cache crashed")
        this.dismiss()
      },
      boot: () => {
        this.began = false
        return {
          machine: subjects.cache,
          state: PartitionCache.start(config),
          tick: (now) => ({ _tag: "Tick", now }),
          label: labelOf,
          perform: (output) => this.perform(output)
        }
      }
    })
  }

  private dismiss(): void {
    const replies = [...this.waiting.values()]
    this.waiting.clear()
    for (const reply of replies) reply({ _tag: "Unknown", why: "closed" })
  }

  private perform(output: PartitionCache.PartitionCacheOutput): Meaning<PartitionCache.PartitionCacheInput> {
    const { simulation } = this.world
    switch (output._tag) {
      case "Request": {
        const { epoch, request } = output
        const answered = (reply: PartitionCache.PartitionCacheAnswer): PartitionCache.PartitionCacheInput => ({
          _tag: "Answered",
          epoch,
          answer: reply
        })
        const timedOut = answered(
          request._tag === "ReadPointer"
            ? { _tag: "PointerFailed", error: storeDown }
            : { _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } }
        )
        return task(undefined, () => answered(this.carryOut(request)), { timedOut, repeatable: true })
      }
      case "Reply":
        return answer(() => {
          const reply = this.waiting.get(output.ticket)
          this.waiting.delete(output.ticket)
          simulation.mark(
            output.answer._tag === "Known" ? "a tail was known" : `a tail was unknown: ${output.answer.why}`
          )
          reply?.(output.answer)
        })
      case "Stalled":
        return answer(() => simulation.mark("a cache stalled"))
      case "Closed":
        return answer(() => this.stop())
    }
  }

  private carryOut(request: PartitionCache.PartitionCacheRequest): PartitionCache.PartitionCacheAnswer {
    const { store } = this.world
    if (request._tag === "ReadLog") return this.world.readLog(request.offset, 1 + this.pages.below(5))
    if (this.world.fault("store down", 5)) return { _tag: "PointerFailed", error: storeDown }
    return { _tag: "PointerRead", offset: store.pointer }
  }
}
