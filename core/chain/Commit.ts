import { type BlockId, commandsIn, heldByBlock, heldByCommands } from "./Block.ts"
import { dropForks, type Entry, findBlock, pathAt } from "./BlockTree.ts"
import type { Waiting } from "./ChainOutput.ts"
import { type ChainState, configurationOf, type Leadership } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import { halt } from "./Hold.ts"
import { answersLately } from "./Progress.ts"
import { answeredBy, dropExpected, supersede } from "./Proposals.ts"
import { committedCounter, hasWitness } from "./Quorum.ts"
import { readyReads } from "./Ready.ts"
import { answerStranded } from "./Stranded.ts"
import { takeIfDue } from "./TakeSnapshot.ts"

const nobody: ReadonlyArray<Waiting> = []

/** Up to which height a member has the leader's chain on its disk. */
export const matchOf = (state: ChainState, lead: Leadership, id: NodeId): number => {
  if (id === state.settings.id) return lead.durable
  for (const progress of lead.progress) if (progress.id === id) return progress.match
  return 0
}

/** Whether a member has answered within `electionMs`, or is this node. */
export const isHeard = ({ now, settings }: ChainState, lead: Leadership, id: NodeId): boolean => {
  if (id === settings.id) return true
  for (const progress of lead.progress) if (progress.id === id) return answersLately(progress, now, settings.electionMs)
  return false
}

/**
 * Whether a member is waited for, so that it has a copy of what is committed: it is heard, and gets blocks.
 *
 * **Details**
 *
 * Who gets a snapshot may take long, and has no use for blocks until then: the others go on as if it were silent.
 */
export const keepsUp = (state: ChainState, lead: Leadership, id: NodeId): boolean => {
  for (const progress of lead.progress) {
    if (progress.id === id && progress.mode === "Snapshot") return false
  }
  return isHeard(state, lead, id)
}

/**
 * A leader commits what a quorum has on its disk, if the block is of its own term.
 *
 * **Details**
 *
 * Blocks of earlier terms are committed by one of the leader's own above them, never by counting (Raft thesis 3.6.2, bug
 * B1). The quorum is that of the newest configuration, committed or not (bug B3). Witnesses help to decide, and not to keep
 * the data: what is committed while all data members keep up outlives as many failures as the quorum does, and what is
 * committed while some do not is on as many fewer disks. It is never lost with a disk that comes back, but if those
 * that have it fail before the others have caught up, nobody can be elected until one of them is back. Each step
 * towards a commit may allow to tell witnesses of more.
 */
export const decide = (state: ChainState, lead: Leadership): void => {
  const configuration = configurationOf(state)
  if (hasWitness(configuration)) lead.flush = true
  const counter = committedCounter(
    configuration,
    (id) => matchOf(state, lead, id),
    (id) => keepsUp(state, lead, id)
  )
  if (counter <= state.commit.block.id.counter) return
  const entry = pathAt(state.tree, counter)
  if (entry.block.id.term === state.term) advance(state, entry)
}

/**
 * A follower adopts the leader's marker as soon as it has the block.
 *
 * **Details**
 *
 * The name of a block fixes its whole path, so that it does not matter which message brought the block. While a snapshot
 * takes the application's place, nothing is applied.
 */
export const adopt = (state: ChainState, marker: BlockId): void => {
  if (marker.counter <= state.commit.block.id.counter || state.incoming?.installing === true) return
  const entry = findBlock(state.tree, marker)
  if (entry !== undefined) advance(state, entry)
}

/** Moves the commit marker: applies what it passes, in order, and drops what can never be committed any more. */
export const advance = (state: ChainState, entry: Entry): void => {
  const { commit, lead, tree } = state
  const low = commit.block.id.counter + 1
  const high = entry.block.id.counter
  if (high > tree.head.block.id.counter || pathAt(tree, high) !== entry) {
    halt(state, "Two blocks were committed in one place: the cluster's nodes did not begin with the same members.")
    return
  }
  supersede(state, dropForks(tree, low, high))
  for (let height = low; height <= high; height++) {
    const each = pathAt(tree, height)
    const { block, proposals } = each
    state.commit = each
    state.applied += heldByBlock(block)
    if (lead !== undefined) lead.uncommitted -= heldByCommands(block.bytes, commandsIn(block))
    const waiting = proposals === undefined ? nobody : answeredBy(state, proposals)
    each.proposals = undefined
    state.outputs.push({ _tag: "Committed", block, waiting })
  }
  dropExpected(state, entry.block.id, true)
  if (entry.block.id.term > commit.block.id.term) answerStranded(state)
  readyReads(state)
  takeIfDue(state)
  if (lead === undefined) return
  lead.flush = true
  if (tree.head.since >= low || commit.block.id.term !== state.term || lead.change !== undefined) lead.review = true
}
