import type { Block } from "./Block.ts"
import type { ChainState, Held } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import type { Message } from "./Message.ts"

/** How many messages are held back; more are lost, as the network may lose any. */
const mostHeld = 4096

/**
 * Hands a message to the network once the write that it depends on is done.
 *
 * **Details**
 *
 * What tells of a term, a vote or a block may leave only when these cannot be forgotten any more (Raft thesis 3.8, bugs
 * B8 and B9). Messages are held back here and not by the driver's discipline.
 */
export const sendAfter = (state: ChainState, write: number, to: NodeId, message: Message): void => {
  if (write <= state.writes.durable) state.outputs.push({ _tag: "Send", to, message })
  else if (state.writes.held.length < mostHeld) state.writes.held.push({ write, to, message })
}

/** Hands a message to the network once the term and the vote are durable. */
export const send = (state: ChainState, to: NodeId, message: Message): void =>
  sendAfter(state, state.writes.ballot, to, message)

/** Has a new term or vote written in this step; both go in one write. */
export const writeBallot = ({ writes }: ChainState): void => {
  writes.dirty = true
  writes.ballot = writes.issued + 1
}

/** Has a block written in this step, and gives the number of the write. */
export const writeBlock = ({ writes }: ChainState, block: Block): number => {
  writes.dirty = true
  writes.blocks.push(block)
  return writes.issued + 1
}

/** Asks for what the step has gathered to be written. */
export const flushWrites = (state: ChainState): void => {
  const { writes } = state
  if (!writes.dirty) return
  writes.issued++
  state.outputs.push({
    _tag: "Persist",
    write: writes.issued,
    term: state.term,
    vote: state.vote,
    commit: state.commit.block.id,
    blocks: writes.blocks
  })
  writes.blocks = []
  writes.dirty = false
}

/** Takes note that a write is done, and lets go of what waited for it. */
export const release = (state: ChainState, write: number): void => {
  const { writes } = state
  if (write > writes.durable) writes.durable = write
  if (writes.held.length === 0) return
  const still: Array<Held> = []
  for (const held of writes.held) {
    if (held.write > writes.durable) still.push(held)
    else state.outputs.push({ _tag: "Send", to: held.to, message: held.message })
  }
  writes.held = still
}

/** Stops the node for good: nothing that it holds back ever leaves. */
export const halt = (state: ChainState, detail: string): void => {
  if (state.stopped) return
  state.stopped = true
  state.writes.held = []
  state.writes.dirty = false
  state.outputs.push({ _tag: "Stopped", detail })
}
