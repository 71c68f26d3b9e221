import { PartitionCache } from "../../../core/journal/index.ts"
import type { TailAnswer } from "../../../core/journal/index.ts"
import { answer } from "../../../core/machine/index.ts"
import type { Answer } from "../../../core/machine/index.ts"
import { task } from "../driver/index.ts"
import type { Actor, Task } from "../driver/index.ts"
import { logDown, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"

type CacheActor = Actor<PartitionCache.PartitionCacheState, PartitionCache.PartitionCacheInput>

const labelOf = (one: PartitionCache.PartitionCacheInput | PartitionCache.PartitionCacheOutput): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag === "Reply") return one.answer._tag === "Known" ? "Reply Known" : `Reply ${one.answer.why}`
  return one._tag === "Request" ? one.request._tag : one._tag
}

/**
 * What the readers of a process ask: a cache of the partition's tails. When it crashes, those who wait are told so, and
 * another one begins with nothing; one that was closed because nobody asked begins again for the next one who does.
 */
export class SimulatedCache {
  private readonly world: JournalWorld
  private readonly config: PartitionCache.PartitionCacheConfig
  private readonly waiting = new Map<number, (answer: TailAnswer) => void>()
  private current: CacheActor | undefined
  private started = 0
  private tickets = 0

  constructor(world: JournalWorld) {
    this.world = world
    const random = world.simulation.random("cache")
    this.config = {
      maxIds: random.pick([1, 2, 100]),
      maxWaiting: random.pick([1, 100]),
      timeoutMs: random.pick([20, 200]),
      pointerMs: random.pick([5, 50]),
      idlePointerMs: 100,
      idleAfterMs: 200,
      expiryMs: random.pick([300, 100_000]),
      backoffMs: 2,
      maxLogBackoffMs: 20,
      maxStoreBackoffMs: 20
    }
  }

  /** Asks for a journal's tail, with the answer at once or later. */
  ask(id: string, mark: number, reply: (answer: TailAnswer) => void): void {
    const ticket = ++this.tickets
    this.waiting.set(ticket, reply)
    if (this.current?.alive() !== true) this.current = this.start()
    this.current.feed({ _tag: "Get", ticket, id, mark })
  }

  crash(): void {
    this.current?.crash()
  }

  stop(): void {
    this.current?.stop()
    this.dismiss()
  }

  private dismiss(): void {
    this.current = undefined
    const replies = [...this.waiting.values()]
    this.waiting.clear()
    for (const reply of replies) reply({ _tag: "Unknown", why: "closed" })
  }

  private start(): CacheActor {
    const { simulation, subjects } = this.world
    const actor: CacheActor = simulation.spawn({
      name: `cache ${++this.started}`,
      machine: subjects.cache(),
      state: PartitionCache.start(this.config),
      tick: (now): PartitionCache.PartitionCacheInput => ({ _tag: "Tick", now }),
      perform: (output: PartitionCache.PartitionCacheOutput) => this.perform(output),
      label: labelOf,
      crashed: () => {
        simulation.mark("a cache crashed")
        this.dismiss()
      },
      pace: simulation.random("cache").pick([20, 100])
    })
    actor.feed({ _tag: "Begin" })
    return actor
  }

  private perform(output: PartitionCache.PartitionCacheOutput): Answer | Task<PartitionCache.PartitionCacheInput> {
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
        return answer(() => {
          this.current?.stop()
          this.dismiss()
        })
    }
  }

  private carryOut(request: PartitionCache.PartitionCacheRequest): PartitionCache.PartitionCacheAnswer {
    const { simulation, store } = this.world
    if (request._tag === "ReadLog") return this.world.readLog(request.offset)
    if (simulation.fault("store down", 5)) return { _tag: "PointerFailed", error: storeDown }
    return { _tag: "PointerRead", offset: store.pointer }
  }
}
