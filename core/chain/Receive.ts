import { onAppend } from "./Append.ts"
import type { ChainState, Leadership } from "./ChainState.ts"
import { decide } from "./Commit.ts"
import type { NodeId } from "./Configuration.ts"
import { hear, ignoresVote, onPreVote, onTimeoutNow, onVote, onVoteGranted } from "./Election.ts"
import { send } from "./Hold.ts"
import type { Message } from "./Message.ts"
import type { Progress } from "./Progress.ts"
import { onForward, onForwarded } from "./Proposals.ts"
import { onAppendReply } from "./Replication.ts"
import { becomeLeader, follow } from "./Roles.ts"

/** Whether a message of a later term makes this node leave its own (Raft thesis 3.3). */
const adoptsTerm = (state: ChainState, from: NodeId, message: Message): boolean => {
  if (message.term <= state.term || message._tag === "PreVote") return false
  return message._tag !== "Vote" || !ignoresVote(state, from, message.transfer)
}

/** The term gate, common to all messages and roles; then what each message does. */
export const receive = (state: ChainState, from: NodeId, _incarnation: number, message: Message): void => {
  if (adoptsTerm(state, from, message)) follow(state, message.term)
  switch (message._tag) {
    case "PreVote":
      onPreVote(state, from, message)
      break
    case "Vote":
      onVote(state, from, message)
      break
    case "PreVoteReply":
    case "VoteReply":
      if (message.granted && message.term <= state.term) countVote(state, from, message)
      break
    case "Append":
      if (heardLeader(state, from, message.term)) onAppend(state, from, message)
      break
    case "Forward":
      onForward(state, from, message)
      break
    case "Forwarded":
      onForwarded(state, message)
      break
    case "TimeoutNow":
      if (message.term === state.term) onTimeoutNow(state, from)
      break
    default:
      if (message.term === state.term && state.lead !== undefined) answered(state, state.lead, from, message)
  }
}

const countVote = (
  state: ChainState,
  from: NodeId,
  message: Message & { readonly _tag: "PreVoteReply" | "VoteReply" }
): void => {
  if (message._tag === "PreVoteReply") onVoteGranted(state, from, "PreVote")
  else if (message.term === state.term && onVoteGranted(state, from, "Vote")) becomeLeader(state)
}

/** A message of the term's leader; a stale leader is told the term, so that it steps down. */
const heardLeader = (state: ChainState, from: NodeId, term: number): boolean => {
  if (term < state.term) {
    const commit = state.commit.block.id
    send(state, from, { _tag: "AppendReply", term: state.term, round: 0, verified: undefined, commit })
    return false
  }
  if (state.lead !== undefined) return false
  if (state.campaign !== undefined) follow(state, term)
  hear(state, from)
  return true
}

const progressOf = (lead: Leadership, id: NodeId): Progress | undefined => {
  for (const progress of lead.progress) if (progress.id === id) return progress
  return undefined
}

/** A follower answers its leader. */
const answered = (state: ChainState, lead: Leadership, from: NodeId, message: Message): void => {
  const progress = progressOf(lead, from)
  if (progress === undefined) return
  if (message._tag === "AppendReply") {
    noteAnswer(state, progress, message.round)
    if (onAppendReply(state, lead, progress, message)) decide(state, lead)
  }
}

const noteAnswer = (state: ChainState, progress: Progress, round: number): void => {
  const { now } = state
  if (now - progress.answeredAt > state.settings.electionMs) progress.aliveSince = now
  progress.answeredAt = now
  if (round > progress.answered) progress.answered = round
}
