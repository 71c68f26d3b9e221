import type { JournalWorld } from "./JournalWorld.ts"
import { startReplicator } from "./SimulatedReplicator.ts"
import type { ReplicatorNode } from "./SimulatedReplicator.ts"

/** A replicator that stands still: since when, and where the pointer was then. */
interface Sleeper {
  readonly node: ReplicatorNode
  readonly at: number
  readonly pointer: number | undefined
}

/**
 * The replicators of a partition.
 *
 * **Details**
 *
 * A store with transactions may have several at once. One that fences nothing but its pointer has one at a time: a
 * successor begins when it stands still, and it goes on when the successor has moved the pointer and what it knew of the
 * pointer is too old. Where it would begin again its group tells it that the partition is another's. Two that are at
 * work on the same batch such a store cannot tell apart.
 */
export class Succession {
  private readonly world: JournalWorld
  private readonly nodes: Array<ReplicatorNode> = []
  private asleep: ReadonlyArray<Sleeper> = []

  constructor(world: JournalWorld) {
    this.world = world
    this.begin()
  }

  /** Another replicator, where there may be another. */
  join(): void {
    if (this.world.atomic && this.nodes.length < 3) this.begin()
  }

  /** The replicator falls asleep, and another takes its place; most often in the middle of a batch. */
  succeed(anywhere: boolean): void {
    const { atomic, simulation, store } = this.world
    const node = this.nodes.at(-1)
    if (atomic || node === undefined || !node.alive() || this.nodes.length === 4) return
    if (!anywhere && node.state().writing === undefined) return
    node.pause()
    this.asleep = [...this.asleep, { node, at: simulation.now(), pointer: store.pointer }]
    this.begin()
  }

  /** Those that were replaced long ago go on. */
  wake(): void {
    const { simulation } = this.world
    for (const { node } of this.asleep.filter((one) => this.isReplaced(one))) {
      simulation.mark("a replicator that was replaced goes on")
      node.resume()
    }
    this.asleep = this.asleep.filter((one) => !this.isReplaced(one))
  }

  /** Who cannot go on sleeps for ever: when everything heals nobody stands still any more. */
  rouse(): void {
    this.wake()
    for (const { node } of this.asleep) node.stop()
    this.asleep = []
  }

  stop(): void {
    for (const node of this.nodes) node.stop()
  }

  private begin(): void {
    const { nodes, world } = this
    const at = nodes.length
    nodes.push(startReplicator(world, `replicator ${at + 1}`, () => !world.atomic && at < nodes.length - 1))
  }

  private isReplaced({ at, node, pointer }: Sleeper): boolean {
    const { simulation, store } = this.world
    const { termMs, until } = node.state().lease
    return store.pointer !== pointer && simulation.now() > Math.max(until, at + termMs)
  }
}
