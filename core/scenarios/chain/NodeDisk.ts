import type { Block, BlockId, Configuration, Durable, NodeId, Persist, SnapshotName } from "../../chain/index.ts"
import { genesis, isAfter } from "../../chain/index.ts"
import type { Prng } from "../../simulation/index.ts"

/** What a failure begins with after which a disk does nothing any more until the node starts again. */
export const syncFailed = "a sync failed"

/** A snapshot on a disk. */
export interface KeptSnapshot {
  readonly name: SnapshotName
  readonly bytes: Uint8Array
}

const noTerms: ReadonlyArray<number> = []

/**
 * What is certainly on a node's disk: what was synced, and what a crash happened to leave of the rest.
 *
 * **Details**
 *
 * `terms` are those of the blocks by height; the rare second block of a height is among `forks`.
 */
export class Kept {
  term = 0
  vote: NodeId = 0
  commit: BlockId = genesis
  blocks: Array<Block> = []
  snapshot: KeptSnapshot | undefined
  /** Whom it voted for, by term. */
  readonly votes: Array<NodeId | undefined> = []
  private terms: Array<number> = []
  private forks = new Map<number, ReadonlyArray<number>>()

  add({ blocks, commit, term, vote }: Omit<Persist, "write" | "_tag">): void {
    this.term = term
    this.vote = vote
    if (vote !== 0) this.votes[term] = vote
    if (isAfter(commit, this.commit)) this.commit = commit
    for (const block of blocks) this.addBlock(block)
  }

  addBlock(block: Block): void {
    const { counter, term } = block.id
    const known = this.terms[counter]
    if (known === term) return
    if (known === undefined) this.terms[counter] = term
    else {
      const forks = this.forks.get(counter) ?? noTerms
      if (forks.includes(term)) return
      this.forks.set(counter, [...forks, term])
    }
    this.blocks.push(block)
  }

  /** Whether the block of this name is there, or in the snapshot, of whose blocks only committed ones are asked for. */
  has(counter: number, term: number): boolean {
    if (this.terms[counter] === term) return true
    if (this.snapshot !== undefined && counter <= this.snapshot.name.block.counter) return true
    return counter === 0 || (this.forks.get(counter)?.includes(term) ?? false)
  }

  /** Lets go of the blocks up to this height. */
  forget(through: number): void {
    const kept = this.blocks.filter(({ id }) => id.counter > through)
    this.blocks = []
    this.terms = []
    this.forks.clear()
    for (const block of kept) this.addBlock(block)
  }

  durable(incarnation: number, initial: Configuration): Durable {
    const { blocks, commit, snapshot, term, vote } = this
    const found = { incarnation, initial, term, vote, commit, blocks }
    return snapshot === undefined ? found : { ...found, snapshot: { ...snapshot.name, size: snapshot.bytes.length } }
  }
}

/**
 * The disk of one node, which outlives its crashes.
 *
 * **Details**
 *
 * - `kept`: what is on it, for whoever checks promises
 * - `open`: what a node finds when it starts; a text where it must not start, because what was kept is damaged
 * - `issue`: the node asks for a write; `sync` does the first one that was asked for; a text where it failed
 * - `takeSnapshot`, `readSnapshot`, `writeSnapshot`, `installSnapshot`: as the outputs of those names ask; what gives
 *   `false` or nothing has failed
 * - `crash`: what was asked for and not done is lost, or a part of it is not
 */
export interface NodeDisk {
  readonly kept: Kept
  /** Whether something that was synced is not what was written any more. */
  readonly spoilt: boolean
  /** Whether the power went in the middle of a write: the node must go down with it. */
  readonly torn: boolean
  /** Whether something makes it fail that will pass: a sync that fails, or no room. */
  readonly ailing: boolean
  readonly open: (incarnation: number, initial: Configuration) => Durable | string
  readonly issue: (persist: Persist) => void
  readonly sync: () => string | undefined
  readonly takeSnapshot: (name: SnapshotName, bytes: Uint8Array) => string | undefined
  readonly readSnapshot: (name: SnapshotName, offset: number, length: number) => Uint8Array | string
  readonly writeSnapshot: (name: SnapshotName, size: number, offset: number, bytes: Uint8Array) => string | undefined
  readonly installSnapshot: (name: SnapshotName) => Uint8Array | string
  readonly forget: (through: number) => void
  readonly crash: (kind: "power" | "process") => void
  readonly failNextSync: () => void
  readonly full: (on: boolean) => void
  readonly wipe: () => void
  readonly spoil: (how: "rot" | "misdirect", random: Prng) => void
}
