import * as Result from "effect/Result"
import { sameBytes } from "../../bytes/index.ts"
import { genesis, isAfter, sameBlock, showBlock } from "../Block.ts"
import type { Block, BlockId } from "../Block.ts"
import type { Durable } from "../ChainSettings.ts"
import type { NodeId } from "../Configuration.ts"
import { DamagedChain } from "./DamagedChain.ts"
import type { DamagedReason } from "./DamagedChain.ts"
import { decodeRecord, encodeRecord } from "./RecordCodec.ts"
import type { IdentityRecord, PersistRecord } from "./RecordCodec.ts"

/** What the records so far say. */
class Replayed {
  record = 0
  identity: IdentityRecord | undefined
  term = 0
  vote: NodeId = 0
  commit: BlockId = genesis
  readonly blocks: Array<Block> = []
  /** The blocks by height: one each where there is no fork. */
  readonly #heights = new Map<number, ReadonlyArray<Block>>()

  damaged(reason: DamagedReason, detail: string): DamagedChain {
    return new DamagedChain({ reason, record: this.record, detail })
  }

  named(id: BlockId): Block | undefined {
    return this.#heights.get(id.counter)?.find((block) => sameBlock(block.id, id))
  }

  identify(record: IdentityRecord): void {
    if (this.identity === undefined) this.identity = record
    else if (!sameBytes(encodeRecord(record), encodeRecord(this.identity))) {
      throw this.damaged("OtherIdentity", "it is of another node than the records before it")
    }
  }

  persist({ blocks, commit, term, vote }: PersistRecord): void {
    if (this.identity === undefined) {
      throw this.damaged("NoIdentity", "nothing before it says which node wrote it")
    }
    if (term < this.term) throw this.damaged("TermWentBack", `term ${term} comes after term ${this.term}`)
    if (term === this.term && this.vote !== 0 && vote !== this.vote) {
      throw this.damaged("VoteChanged", `in term ${term} the vote for node ${this.vote} became one for node ${vote}`)
    }
    this.term = term
    this.vote = vote
    if (isAfter(commit, this.commit)) this.commit = commit
    for (const block of blocks) this.#add(block)
  }

  /** A block that was collected, or dropped for a snapshot, may have come again. */
  #add(block: Block): void {
    if (block.id.term > this.term) {
      throw this.damaged("LaterBlock", `the block ${showBlock(block.id)} is not of term ${this.term} or before`)
    }
    const known = this.named(block.id)
    if (known === undefined) {
      const before = this.#heights.get(block.id.counter)
      this.#heights.set(block.id.counter, before === undefined ? [block] : [...before, block])
      this.blocks.push(block)
    } else if (!sameBlock(known.parent, block.parent) || known.position !== block.position) {
      throw this.damaged("OtherBlock", `it has another block ${showBlock(block.id)} than a record before it`)
    }
  }

  /** Every block from the snapshot, or genesis, to the commit marker has to be there. */
  checkCommitted(base: BlockId): void {
    let at = this.commit
    if (at.counter <= base.counter) return
    while (at.counter > base.counter) {
      const block = this.named(at)
      if (block === undefined) {
        throw this.damaged("CommitMissing", `${showBlock(at)} is missing on the way to ${showBlock(this.commit)}`)
      }
      at = block.parent
    }
    if (!sameBlock(at, base)) {
      throw this.damaged("CommitMissing", `the way to ${showBlock(this.commit)} does not begin at ${showBlock(base)}`)
    }
  }
}

const decoded = (replayed: Replayed, bytes: Uint8Array): IdentityRecord | PersistRecord => {
  const record = decodeRecord(bytes)
  if (Result.isFailure(record)) {
    const { detail, position, what } = record.failure
    throw replayed.damaged("Unreadable", `${what} at its byte ${position} cannot be read, because ${detail}`)
  }
  return record.success
}

const durableOf = (records: Iterable<Uint8Array>, snapshot: Durable["snapshot"]): Durable => {
  const replayed = new Replayed()
  for (const bytes of records) {
    const record = decoded(replayed, bytes)
    if (record._tag === "Identity") replayed.identify(record)
    else replayed.persist(record)
    replayed.record++
  }
  const { blocks, commit, identity, term, vote } = replayed
  if (identity === undefined) throw replayed.damaged("NoIdentity", "the records end before one says which node it is")
  replayed.checkCommitted(snapshot === undefined ? genesis : snapshot.block)
  const { incarnation, initial } = identity
  const durable = { incarnation, initial, term, vote, commit, blocks }
  return snapshot === undefined ? durable : { ...durable, snapshot }
}

/**
 * What a node's records, from its oldest segment on, and its newest snapshot say together: where the node starts.
 *
 * **Details**
 *
 * Records are what `encodeRecord` made, in the order in which they were written; what a crash cut off at the end is no
 * longer among them. A block that was written twice is there once, where it was first. The node's promises are checked
 * against each other: see {@link DamagedReason}.
 *
 * **Gotchas**
 *
 * Payloads are views of the records.
 */
export const replay = (
  records: Iterable<Uint8Array>,
  snapshot: Durable["snapshot"]
): Result.Result<Durable, DamagedChain> => {
  try {
    return Result.succeed(durableOf(records, snapshot))
  } catch (error) {
    if (error instanceof DamagedChain) return Result.fail(error)
    throw error
  }
}
