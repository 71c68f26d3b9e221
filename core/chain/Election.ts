import { isAfter } from "./Block.ts"
import { type Campaign, type ChainState, configurationOf, isSettled } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import { below } from "./Dice.ts"
import { send, writeBallot } from "./Hold.ts"
import type { Message } from "./Message.ts"
import { hasQuorum, isVoter, memberOf, votersOf } from "./Quorum.ts"

/** By how much a node waits longer for each voter that is preferred to it. */
const modesty = (state: ChainState): number => {
  const { id, electionMs, spreadMs } = state.settings
  const configuration = configurationOf(state)
  const own = memberOf(configuration, id)?.priority ?? 0
  let preferred = 0
  for (const member of configuration.members) {
    if (member.role === "Voter" && member.priority > own) preferred++
  }
  return Math.min(electionMs, preferred * Math.ceil(spreadMs / 2))
}

/**
 * Sets the time of the next campaign.
 *
 * **Details**
 *
 * Drawn anew each time: equal times would collide again and again (Raft thesis 3.4, bugs B23 and B29).
 */
export const arm = (state: ChainState): void => {
  const { electionMs, spreadMs } = state.settings
  state.patience = electionMs + below(state.dice, spreadMs + 1) + modesty(state)
  state.electionAt = state.now + state.patience
}

/** A leader of the term was heard. */
export const hear = (state: ChainState, from: NodeId): void => {
  state.leader = from
  state.heardFrom = from
  state.heardAt = state.now
  state.electionAt = state.now + state.patience
}

/**
 * Whether this node may lead: a voter that the cluster knows by its incarnation, and with its application in place.
 *
 * **Details**
 *
 * One that is a voter no more may, and must, until it knows that this is committed: it may be the only one that has the
 * block which says so, and nobody behind it can be elected (Raft thesis 4.2.2).
 */
const canLead = (state: ChainState): boolean => {
  const { commit, settings, tree } = state
  const { configuration } = tree.head
  const { id } = settings
  const known = memberOf(configuration, id)?.incarnation ?? 0
  return (
    (isVoter(configuration, id) || (!isSettled(state) && isVoter(commit.configuration, id))) &&
    (known === 0 || known === state.incarnation) &&
    state.incoming?.installing !== true
  )
}

/** Whether the voters in `granted` elect a leader. */
const elects = (state: ChainState, granted: ReadonlyArray<NodeId>): boolean =>
  hasQuorum(configurationOf(state), (id) => granted.includes(id))

const ask = (state: ChainState, message: Message): void => {
  for (const id of votersOf(configurationOf(state))) if (id !== state.settings.id) send(state, id, message)
}

/**
 * Nobody was heard for too long: asks whether it would be elected, before any term changes (pre-vote, thesis 9.6).
 *
 * **Details**
 *
 * Who cannot lead only takes note that there is no leader (bug B27).
 */
export const campaign = (state: ChainState): void => {
  arm(state)
  state.leader = 0
  state.campaign = undefined
  if (!canLead(state)) return
  const { id } = state.settings
  state.campaign = { phase: "PreVote", transfer: false, granted: [id] }
  if (elects(state, state.campaign.granted)) stand(state, false)
  else ask(state, { _tag: "PreVote", term: state.term + 1, head: state.tree.head.block.id })
}

/**
 * Stands for election in a new term (Raft thesis 3.4).
 *
 * **Details**
 *
 * The term and the own vote are durable before anybody is asked, and before the own vote counts (bugs B8 and B12).
 */
const stand = (state: ChainState, transfer: boolean): void => {
  state.term++
  state.vote = state.settings.id
  state.leader = 0
  writeBallot(state)
  state.campaign = { phase: "Vote", transfer, granted: [] }
  ask(state, { _tag: "Vote", term: state.term, head: state.tree.head.block.id, transfer })
}

/** The own vote counts once it is durable. Gives whether this node is elected by it. */
export const countOwnVote = (state: ChainState, standing: Campaign): boolean => {
  const { id } = state.settings
  if (standing.phase !== "Vote" || state.writes.ballot > state.writes.durable || standing.granted.includes(id)) {
    return false
  }
  standing.granted.push(id)
  return elects(state, standing.granted)
}

/**
 * Whether a leader was heard so lately, or is this node, that nobody else may be elected (thesis 4.2.3 and 6.4.1).
 *
 * **Details**
 *
 * The leader itself may: it leads no more if it asks, also once its own question has raised the term here.
 */
const isLeased = (state: ChainState, from: NodeId): boolean =>
  state.lead !== undefined || (from !== state.heardFrom && state.now - state.heardAt < state.settings.electionMs)

/** Whether a candidate has all that this node has: a quorum whose heads are not after its own makes it safe. */
const isUpToDate = (state: ChainState, head: { readonly term: number; readonly counter: number }): boolean =>
  !isAfter(state.tree.head.block.id, head)

/** Whether a vote would be refused whatever the candidate has, so that its term is not adopted either. */
export const ignoresVote = (state: ChainState, from: NodeId, transfer: boolean): boolean =>
  !transfer && isLeased(state, from)

/**
 * Answers whether it would vote. Nothing changes here (bug B21); a candidate that is behind learns the term (bug B20).
 */
export const onPreVote = (state: ChainState, from: NodeId, message: Message & { readonly _tag: "PreVote" }): void =>
  send(state, from, {
    _tag: "PreVoteReply",
    term: state.term,
    granted: message.term > state.term && !isLeased(state, from) && isUpToDate(state, message.head)
  })

/**
 * Votes once a term, for a candidate whose head is not below its own (Raft thesis 3.6.1).
 *
 * **Details**
 *
 * Whoever is asked votes, whatever it believes to be itself: it may have become a voter without knowing (bug B25).
 */
export const onVote = (state: ChainState, from: NodeId, message: Message & { readonly _tag: "Vote" }): void => {
  const granted =
    message.term === state.term &&
    (state.vote === 0 || state.vote === from) &&
    state.lead === undefined &&
    !ignoresVote(state, from, message.transfer) &&
    isUpToDate(state, message.head)
  if (granted && state.vote === 0) {
    state.vote = from
    writeBallot(state)
    state.campaign = undefined
    arm(state)
  }
  send(state, from, { _tag: "VoteReply", term: state.term, granted })
}

/** Counts a vote that was granted. Gives whether this node is elected by it. */
export const onVoteGranted = (state: ChainState, from: NodeId, phase: Campaign["phase"]): boolean => {
  const { campaign: own } = state
  if (own === undefined || own.phase !== phase || own.granted.includes(from)) return false
  own.granted.push(from)
  if (!elects(state, own.granted)) return false
  if (phase === "Vote") return true
  stand(state, false)
  return false
}

/** The leader asks this node to take over: it stands at once, without a pre-vote (thesis 3.10). Others ignore it (B15). */
export const onTimeoutNow = (state: ChainState, from: NodeId): void => {
  if (state.lead !== undefined || from !== state.leader || !canLead(state)) return
  arm(state)
  stand(state, true)
}
