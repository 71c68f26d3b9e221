import type { Configuration, Durable, Persist, SnapshotName } from "../../chain/index.ts"
import { sameBlock } from "../../chain/index.ts"
import type { Prng } from "../../simulation/index.ts"
import { Kept } from "./NodeDisk.ts"
import type { NodeDisk } from "./NodeDisk.ts"

/** A snapshot that arrives. */
interface Part {
  readonly name: SnapshotName
  readonly bytes: Uint8Array
  filled: number
}

/**
 * A disk that knows writes and no bytes: each is there, or is not.
 *
 * **Details**
 *
 * Writes are done in the order in which they were asked for. A crash leaves any prefix of those that were not done, drawn
 * from `random` only where there are some.
 */
export class ModelDisk implements NodeDisk {
  kept = new Kept()
  readonly spoilt = false
  readonly torn = false
  private readonly random: Prng
  private readonly forgets: boolean
  private queue: Array<Persist> = []
  private part: Part | undefined
  private fails = false
  private noRoom = false

  constructor(random: Prng, forgets: boolean) {
    this.random = random
    this.forgets = forgets
  }

  get ailing(): boolean {
    return this.fails || this.noRoom
  }

  open(incarnation: number, initial: Configuration): Durable {
    return this.kept.durable(incarnation, initial)
  }

  issue(persist: Persist): void {
    this.queue.push(persist)
  }

  sync(): string | undefined {
    const persist = this.queue.shift()
    if (this.fails || this.noRoom) {
      this.queue = []
      return this.noRoom ? "no space is left" : "the sync failed"
    }
    if (persist !== undefined) this.kept.add(persist)
    return undefined
  }

  takeSnapshot(name: SnapshotName, bytes: Uint8Array): string | undefined {
    const { snapshot } = this.kept
    if (this.noRoom) return "no space is left"
    if (snapshot === undefined || snapshot.name.block.counter < name.block.counter) this.kept.snapshot = { name, bytes }
    return undefined
  }

  readSnapshot(name: SnapshotName, offset: number, length: number): Uint8Array | string {
    const { snapshot } = this.kept
    if (snapshot === undefined || !sameBlock(snapshot.name.block, name.block)) return "a newer one has its place"
    return snapshot.bytes.subarray(offset, offset + length)
  }

  writeSnapshot(name: SnapshotName, size: number, offset: number, bytes: Uint8Array): string | undefined {
    if (this.noRoom) return "no space is left"
    if (offset === 0) this.part = { name, bytes: new Uint8Array(size), filled: 0 }
    const { part } = this
    if (part === undefined || !sameBlock(part.name.block, name.block) || part.filled !== offset) return "out of turn"
    part.bytes.set(bytes, offset)
    part.filled += bytes.length
    return undefined
  }

  installSnapshot(name: SnapshotName): Uint8Array | string {
    const { kept, part } = this
    if (part === undefined || !sameBlock(part.name.block, name.block)) return "it is not there"
    if (part.filled !== part.bytes.length) return "bytes of it are missing"
    this.part = undefined
    if (kept.snapshot === undefined || kept.snapshot.name.block.counter < name.block.counter) {
      kept.snapshot = { name, bytes: part.bytes }
    }
    return part.bytes
  }

  forget(through: number): void {
    if (this.forgets) this.kept.forget(through)
  }

  crash(): void {
    const { queue } = this
    if (queue.length > 0) {
      const left = this.random.below(queue.length + 1)
      for (let at = 0; at < left; at++) this.kept.add(queue[at] as Persist)
      this.queue = []
    }
    this.part = undefined
    this.fails = false
  }

  failNextSync(): void {
    this.fails = true
  }

  full(on: boolean): void {
    this.noRoom = on
  }

  wipe(): void {
    this.kept = new Kept()
    this.queue = []
    this.part = undefined
  }

  spoil(): void {}
}
