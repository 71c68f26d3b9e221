import type { Body } from "./Block.ts"
import { addBlock, type Entry, positionAfter } from "./BlockTree.ts"
import type { ChainState } from "./ChainState.ts"
import { writeBlock } from "./Hold.ts"

/**
 * A leader extends its head, and only its head, by a block of its own term.
 *
 * **Details**
 *
 * The blocks of a term are one path, so that its counters name them (leader append-only, Raft thesis 3.5). The block
 * leaves for the followers while the leader's own disk still works on it (thesis 10.2.1).
 */
export const extend = (state: ChainState, body: Body, bytes: number): Entry => {
  const parent = state.tree.head
  const { id } = parent.block
  const block = {
    id: { term: state.term, counter: id.counter + 1 },
    parent: id,
    position: positionAfter(parent),
    bytes,
    body
  }
  if (state.lead !== undefined) state.lead.flush = true
  return addBlock(state.tree, block, parent, writeBlock(state, block))
}
