import { commandsIn, heldByCommands } from "./Block.ts"
import { pathAt } from "./BlockTree.ts"
import { type ChainState, configurationOf, type Leadership } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import { arm } from "./Election.ts"
import { extend } from "./Extend.ts"
import { writeBallot } from "./Hold.ts"
import { makeProgress } from "./Progress.ts"
import { returnChange } from "./Membership.ts"
import { returnPending, unpark } from "./Proposals.ts"
import { memberOf } from "./Quorum.ts"
import { returnReads } from "./Read.ts"
import { abortTransfer } from "./Transfer.ts"

/** Leads no more: what only a leader can do is given back. */
const resign = (state: ChainState, lead: Leadership): void => {
  state.lead = undefined
  state.leader = 0
  state.heardAt = state.now - state.settings.electionMs
  returnPending(state, lead)
  returnReads(state, lead)
  returnChange(state, lead)
  abortTransfer(state, lead, "NoLeader")
}

/**
 * Follows, in this term or in a later one.
 *
 * **Details**
 *
 * The vote goes with the term: within one it is never forgotten (bug B8).
 */
export const follow = (state: ChainState, term: number): void => {
  const { campaign, lead } = state
  if (term > state.term) {
    state.term = term
    state.vote = 0
    state.leader = 0
    writeBallot(state)
  }
  state.campaign = undefined
  if (lead !== undefined) resign(state, lead)
  if (lead !== undefined || campaign !== undefined) arm(state)
}

/** How far the own chain is on the disk. */
const durableHeight = (state: ChainState): number => {
  let entry = state.tree.head
  while (entry.write > state.writes.durable && entry.parent !== undefined) entry = entry.parent
  return entry.block.id.counter
}

/** The ids of all members of either half, ascending, but one. */
const othersThan = (state: ChainState, id: NodeId): ReadonlyArray<NodeId> => {
  const { members, outgoing } = configurationOf(state)
  const ids = new Set<NodeId>()
  for (const member of members) ids.add(member.id)
  if (outgoing !== undefined) for (const member of outgoing) ids.add(member.id)
  ids.delete(id)
  return [...ids].sort((a, b) => a - b)
}

/**
 * Leads: opens the term with a block of its own, which commits what it inherited (Raft thesis 3.6.2).
 */
export const becomeLeader = (state: ChainState): void => {
  const { settings, tree } = state
  const configuration = configurationOf(state)
  const head = tree.head.block.id.counter
  let uncommitted = 0
  for (let height = state.commit.block.id.counter + 1; height <= head; height++) {
    const { block } = pathAt(tree, height)
    uncommitted += heldByCommands(block.bytes, commandsIn(block))
  }
  const lead: Leadership = {
    progress: othersThan(state, settings.id).map((id) =>
      makeProgress(id, head + 1, state.now, memberOf(configuration, id)?.incarnation ?? 0)
    ),
    round: 0,
    sent: [],
    durable: durableHeight(state),
    heartbeatAt: state.now + settings.heartbeatMs,
    uncommitted,
    pending: [],
    pendingBytes: 0,
    seen: [],
    remoteReads: [],
    reading: undefined,
    change: undefined,
    unwanted: [],
    transfer: undefined,
    leaseLost: false,
    preferAt: state.now + settings.electionMs,
    flush: true,
    review: true
  }
  state.campaign = undefined
  state.incoming = undefined
  state.leader = settings.id
  state.lead = lead
  extend(state, { _tag: "Opening" }, 0)
  unpark(state, lead)
}

/** Takes note of what is on the own disk by now. */
export const noteDurable = (state: ChainState, lead: Leadership): boolean => {
  const before = lead.durable
  const head = state.tree.head.block.id.counter
  while (lead.durable < head && pathAt(state.tree, lead.durable + 1).write <= state.writes.durable) lead.durable++
  return lead.durable > before
}
