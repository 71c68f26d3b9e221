import { type BlockId, sameBlock } from "./Block.ts"
import { addBlock, type Entry, findBlock, pathAt } from "./BlockTree.ts"
import type { ChainState } from "./ChainState.ts"
import { adopt } from "./Commit.ts"
import type { NodeId } from "./Configuration.ts"
import { sendAfter, writeBlock } from "./Hold.ts"
import type { Append } from "./Message.ts"
import { meetExpected } from "./Proposals.ts"
import { stopIfLacking } from "./Withheld.ts"

/**
 * The block of this name, where it is held and not dead.
 *
 * **Details**
 *
 * What lies at or below the commit marker and comes from the leader of the term is the committed block of its height:
 * every leader has all that is committed (Raft thesis 3.6.3).
 */
const known = (state: ChainState, id: BlockId): Entry | undefined => {
  const { commit, tree } = state
  if (id.counter > commit.block.id.counter) return findBlock(tree, id)
  return pathAt(tree, Math.max(id.counter, tree.base))
}

/** The last block on the path to `entry` that is on the disk. */
const durableOn = (state: ChainState, entry: Entry): Entry => {
  let at = entry
  while (at.write > state.writes.durable && at.parent !== undefined) at = at.parent
  return at
}

/**
 * A follower stores what its leader sends.
 *
 * **Details**
 *
 * Blocks are stored wherever their parent is known, and those that are there already are left alone: old and repeated
 * messages change nothing (bug B10). The answer names the last block of the message and leaves once that is on the disk.
 * Blocks that are no path are no leader's, and are not answered. A message without blocks is answered at once, with the last block in front of the one it names that is on the disk.
 */
export const onAppend = (state: ChainState, from: NodeId, message: Append): void => {
  const { blocks, round } = message
  let last = known(state, message.parent)
  let name = message.parent
  if (last === undefined) {
    answer(state, from, round, undefined, 0)
    return
  }
  for (const block of blocks) {
    let entry = known(state, block.id)
    if (entry === undefined) {
      if (block.id.counter !== last.block.id.counter + 1 || !sameBlock(block.parent, last.block.id)) return
      entry = addBlock(state.tree, block, last, writeBlock(state, block))
      meetExpected(state, entry)
    }
    last = entry
    name = block.id
  }
  stopIfLacking(state)
  if (state.stopped) return
  adopt(state, message.commit)
  if (state.stopped) return
  if (blocks.length === 0 && last.write > state.writes.durable) {
    last = durableOn(state, last)
    name = last.block.id
  }
  answer(state, from, round, name, last.write)
}

const answer = (state: ChainState, to: NodeId, round: number, verified: BlockId | undefined, write: number): void =>
  sendAfter(state, Math.max(write, state.writes.ballot), to, {
    _tag: "AppendReply",
    term: state.term,
    round,
    verified,
    commit: state.commit.block.id
  })
