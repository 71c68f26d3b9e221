import { onAppend } from "./Append.ts"
import { type ChainState, configurationOf, type Leadership } from "./ChainState.ts"
import { decide } from "./Commit.ts"
import type { NodeId } from "./Configuration.ts"
import { hear, ignoresVote, onPreVote, onTimeoutNow, onVote, onVoteGranted } from "./Election.ts"
import { halt, send } from "./Hold.ts"
import { onSnapshot } from "./InstallSnapshot.ts"
import { isEstranged, noteIncarnation } from "./Membership.ts"
import type { Message } from "./Message.ts"
import { answersLately, type Progress } from "./Progress.ts"
import { onForward, onForwarded } from "./Proposals.ts"
import { memberOf } from "./Quorum.ts"
import { onReadIndex, onReadIndexReply, repeatRead } from "./Read.ts"
import { onAppendReply } from "./Replication.ts"
import { becomeLeader, follow } from "./Roles.ts"
import { onSnapshotReply } from "./SendSnapshot.ts"
import { endTransfer } from "./Transfer.ts"

/** Whether a message of a later term makes this node leave its own (Raft thesis 3.3). */
const adoptsTerm = (state: ChainState, from: NodeId, message: Message): boolean => {
  if (message.term <= state.term || message._tag === "PreVote") return false
  return message._tag !== "Vote" || !ignoresVote(state, from, message.transfer)
}

/** The term gate, common to all messages and roles; then what each message does. */
export const receive = (state: ChainState, from: NodeId, incarnation: number, message: Message): void => {
  if (adoptsTerm(state, from, message)) {
    if (state.lead !== undefined) endTransfer(state, state.lead, from)
    follow(state, message.term)
  }
  switch (message._tag) {
    case "PreVote":
      onPreVote(state, from, message)
      break
    case "Vote":
      onVote(state, from, message)
      break
    case "PreVoteReply":
    case "VoteReply":
      if (message.granted && message.term <= state.term && !isEstranged(state, from, incarnation)) {
        countVote(state, from, message)
      }
      break
    case "Append":
      if (!heardLeader(state, from, message.term)) break
      onAppend(state, from, message)
      if (!state.stopped) repeatRead(state)
      break
    case "Snapshot":
      if (heardLeader(state, from, message.term)) onSnapshot(state, from, message)
      break
    case "Forward":
      onForward(state, from, message)
      break
    case "Forwarded":
      onForwarded(state, message)
      break
    case "ReadIndex":
      onReadIndex(state, from, message.request)
      break
    case "ReadIndexReply":
      onReadIndexReply(state, from, message)
      break
    case "Estranged":
      if (message.term === state.term) onEstranged(state)
      break
    case "TimeoutNow":
      if (message.term === state.term) onTimeoutNow(state, from)
      break
    case "AppendReply":
    case "SnapshotReply":
      if (message.term === state.term && state.lead !== undefined && !isEstranged(state, from, incarnation)) {
        answered(state, state.lead, from, incarnation, message)
      }
  }
}

/** The cluster knows this node by another disk. A node that knows better has got an old message. */
const onEstranged = (state: ChainState): void => {
  const { incarnation, settings } = state
  if (memberOf(configurationOf(state), settings.id)?.incarnation === incarnation) return
  halt(
    state,
    "it has lost what it acknowledged, and its folder is not the one that the cluster knows: remove it from the members, " +
      "and add it under a new id with an empty folder"
  )
}

const countVote = (
  state: ChainState,
  from: NodeId,
  message: Message & { readonly _tag: "PreVoteReply" | "VoteReply" }
): void => {
  if (message._tag === "PreVoteReply") onVoteGranted(state, from, "PreVote")
  else if (message.term === state.term && onVoteGranted(state, from, "Vote")) becomeLeader(state)
}

/** A term has one leader among the nodes of one cluster, as long as these keep what they have promised. */
const haltBesides = (state: ChainState, other: NodeId): void =>
  halt(
    state,
    `node ${other} leads term ${state.term} as well, which cannot be in one cluster: a node was founded with other members ` +
      "than the rest, or started with a copy of its folder or an empty one; find it, and start it under a new id, with an " +
      "empty folder and as one that joins"
  )

/** A message of the term's leader; a stale leader is told the term, so that it steps down. */
const heardLeader = (state: ChainState, from: NodeId, term: number): boolean => {
  if (term < state.term) {
    const commit = state.commit.block.id
    send(state, from, { _tag: "AppendReply", term: state.term, round: 0, verified: undefined, commit })
    return false
  }
  if (state.lead !== undefined) {
    haltBesides(state, from)
    return false
  }
  if (state.campaign !== undefined) follow(state, term)
  hear(state, from)
  return true
}

const progressOf = (lead: Leadership, id: NodeId): Progress | undefined => {
  for (const progress of lead.progress) if (progress.id === id) return progress
  return undefined
}

/** A follower answers its leader. */
const answered = (
  state: ChainState,
  lead: Leadership,
  from: NodeId,
  incarnation: number,
  message: Message & { readonly _tag: "AppendReply" | "SnapshotReply" }
): void => {
  const progress = progressOf(lead, from)
  if (progress === undefined || !noteIncarnation(lead, progress, incarnation)) return
  noteAnswer(state, progress, message.round)
  const moved =
    message._tag === "AppendReply"
      ? onAppendReply(state, lead, progress, message)
      : onSnapshotReply(state, lead, progress, message)
  if (!moved) return
  if (lead.change?.stage === "Learning") lead.review = true
  if (progress.match > state.commit.block.id.counter) decide(state, lead)
}

const noteAnswer = (state: ChainState, progress: Progress, round: number): void => {
  const { now } = state
  if (!answersLately(progress, now, state.settings.electionMs)) {
    progress.aliveSince = now
    if (progress.sending !== undefined) progress.sending.waitMs = state.settings.heartbeatMs
  }
  progress.answeredAt = now
  if (round > progress.answered) progress.answered = round
}
