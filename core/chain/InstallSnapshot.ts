import { type BlockId, sameBlock } from "./Block.ts"
import { pathAt, replaceRoot, rootEntry } from "./BlockTree.ts"
import { type ChainState, type Incoming, nextRequest } from "./ChainState.ts"
import { adopt } from "./Commit.ts"
import type { NodeId } from "./Configuration.ts"
import { sendAfter } from "./Hold.ts"
import type { Message } from "./Message.ts"
import { dropExpected } from "./Proposals.ts"
import { readyReads } from "./Ready.ts"
import { answerUnknown, refuse } from "./Requests.ts"
import { answerStranded } from "./Stranded.ts"
import { stopIfLacking } from "./Withheld.ts"

const reply = (
  state: ChainState,
  to: NodeId,
  round: number,
  block: BlockId,
  offset: number,
  installed: boolean,
  write: number
): void =>
  sendAfter(state, Math.max(write, state.writes.ballot), to, {
    _tag: "SnapshotReply",
    term: state.term,
    round,
    block,
    offset,
    installed
  })

/** Whether all that a snapshot covers is committed here; where its block is there, its name commits it. */
const needsNot = (state: ChainState, block: BlockId): boolean => {
  adopt(state, block)
  return block.counter <= state.commit.block.id.counter
}

/** The write that makes durable what was committed up to a height. */
const writeAt = ({ tree }: ChainState, height: number): number => pathAt(tree, Math.max(height, tree.base)).write

/**
 * A follower that is too far behind gets the application's state instead of blocks (Raft thesis 5.3).
 *
 * **Details**
 *
 * The bytes are put aside in order; each answer names the next one that is wanted, after those before are written. A
 * snapshot that covers no more than is committed here is not needed, and never installed (bug B7).
 */
export const onSnapshot = (state: ChainState, from: NodeId, message: Message & { readonly _tag: "Snapshot" }): void => {
  const { bytes, offset, round, size, snapshot } = message
  const { block } = snapshot
  if (needsNot(state, block)) {
    if (!state.stopped) reply(state, from, round, block, size, true, writeAt(state, block.counter))
    return
  }
  let { incoming } = state
  if (incoming?.installing === true) return
  if (!isSame(incoming, from, message)) {
    if (offset !== 0) {
      reply(state, from, round, block, 0, false, 0)
      return
    }
    incoming = { snapshot, size, from, round, offset: 0, arriving: 0, request: 0, installing: false }
    state.incoming = incoming
  }
  if (incoming === undefined || incoming.request !== 0) return
  if (offset !== incoming.offset) {
    reply(state, from, round, block, incoming.offset, false, 0)
    return
  }
  incoming.round = round
  incoming.arriving = bytes.length
  incoming.request = nextRequest(state)
  state.outputs.push({ _tag: "WriteSnapshot", request: incoming.request, snapshot, size, offset, bytes })
}

const isSame = (
  incoming: Incoming | undefined,
  from: NodeId,
  { size, snapshot }: Message & { readonly _tag: "Snapshot" }
): boolean =>
  incoming !== undefined &&
  incoming.from === from &&
  incoming.size === size &&
  sameBlock(incoming.snapshot.block, snapshot.block)

/** Answers the sender, if it is still the leader. */
const replyTo = (state: ChainState, { from, offset, round, snapshot }: Incoming, installed: boolean): void => {
  if (from === state.leader) reply(state, from, round, snapshot.block, offset, installed, 0)
}

/** Bytes are aside: the next ones are wanted, or the whole is to be installed. */
export const onSnapshotWritten = (state: ChainState, request: number): void => {
  const { incoming } = state
  if (incoming === undefined || incoming.installing || incoming.request !== request) return
  incoming.request = 0
  incoming.offset += incoming.arriving
  if (incoming.offset < incoming.size) {
    replyTo(state, incoming, false)
    return
  }
  if (state.campaign !== undefined || needsNot(state, incoming.snapshot.block)) {
    state.incoming = undefined
    return
  }
  incoming.installing = true
  incoming.request = nextRequest(state)
  const { snapshot } = incoming
  state.outputs.push({ _tag: "InstallSnapshot", request: incoming.request, snapshot })
}

/**
 * The application has become the snapshot: the tree begins there.
 *
 * **Details**
 *
 * Of the blocks only those that extend the snapshot's stay: what conflicts with it is gone (bug B6). The members are the
 * snapshot's (bug B5). What becomes of proposals that it may contain is not known.
 */
export const onSnapshotInstalled = (state: ChainState, request: number): void => {
  const { incoming, tree } = state
  if (incoming === undefined || !incoming.installing || incoming.request !== request) return
  const { size, snapshot } = incoming
  const { block, configuration, position } = snapshot
  state.incoming = undefined
  state.kept = { snapshot, size }
  const root = rootEntry(block, position, configuration)
  root.withheld = size === 0
  const dropped = replaceRoot(tree, root)
  state.commit = root
  state.applied = 0
  for (const { block: each, proposals } of dropped) {
    for (const proposal of proposals ?? []) {
      if (each.id.counter > block.counter) refuse(state, proposal, "Superseded")
      else answerUnknown(state, proposal)
    }
  }
  dropExpected(state, block, false)
  answerStranded(state)
  readyReads(state)
  stopIfLacking(state)
  if (state.stopped) return
  state.outputs.push({ _tag: "Forget", through: block })
  replyTo(state, incoming, true)
}

/** The snapshot could not be put aside or installed: the leader begins anew. */
export const onInstallFailed = (state: ChainState, request: number): void => {
  if (state.incoming?.request === request) state.incoming = undefined
}
