import { type ChainState, configurationOf, isSettled, type Leadership } from "./ChainState.ts"
import type { Member, NodeId } from "./Configuration.ts"
import { send } from "./Hold.ts"
import type { RefusedReason } from "./Message.ts"
import type { Progress } from "./Progress.ts"
import { addRequest, answerChanged, answerUnknown, refuse, type TransferRequest } from "./Requests.ts"

const voterOf = (state: ChainState, id: NodeId): Member | undefined =>
  configurationOf(state).members.find((member) => member.id === id && member.role === "Voter")

const progressOf = (lead: Leadership, id: NodeId): Progress | undefined =>
  lead.progress.find((progress) => progress.id === id)

/** Takes the wish that another voter leads (Raft thesis 3.10). */
export const transfer = (state: ChainState, id: number, to: NodeId, deadline: number): void => {
  const request = makeTransfer(state, id, to, deadline)
  const { lead } = state
  addRequest(state, request)
  const reason = whyNot(state, lead, to)
  if (reason !== undefined) refuse(state, request, reason)
  else if (to === state.settings.id) answerChanged(state, request)
  else if (lead !== undefined) lead.transfer = request
}

const whyNot = (state: ChainState, lead: Leadership | undefined, to: NodeId): RefusedReason | undefined => {
  if (lead === undefined) return "NoLeader"
  if (lead.transfer !== undefined) return "Transferring"
  return voterOf(state, to) === undefined ? "BadChange" : undefined
}

const makeTransfer = (state: ChainState, id: number, to: NodeId, deadline: number): TransferRequest => ({
  _tag: "Transfer",
  id,
  deadline,
  done: id === 0,
  to,
  abortAt: state.now + state.settings.electionMs,
  told: false
})

/**
 * Tells the target to campaign as soon as it has everything.
 *
 * **Details**
 *
 * Nothing is taken meanwhile, so that it comes to have everything. From this on the leader has no lease any more in its
 * term: the message may arrive at any time.
 */
export const pursueTransfer = (state: ChainState, lead: Leadership): void => {
  const request = lead.transfer
  if (request === undefined || request.told || lead.pending.length > 0) return
  const progress = progressOf(lead, request.to)
  if (progress === undefined || progress.match < state.tree.head.block.id.counter) return
  request.told = true
  lead.leaseLost = true
  send(state, request.to, { _tag: "TimeoutNow", term: state.term })
}

/** The transfer took too long: the leader goes on. Whether the target campaigns yet is not known, if it was told. */
export const abortTransfer = (state: ChainState, lead: Leadership, reason: RefusedReason): void => {
  const request = lead.transfer
  if (request === undefined) return
  lead.transfer = undefined
  if (request.told) answerUnknown(state, request)
  else refuse(state, request, reason)
}

/** Another term has begun: where it is the target's, the transfer is done. */
export const endTransfer = (state: ChainState, lead: Leadership, from: NodeId): void => {
  const request = lead.transfer
  if (request !== undefined && request.told && request.to === from) answerChanged(state, request)
}

/**
 * A leader hands over by itself to a voter that is preferred to it, has everything and was there all the time.
 */
export const preferOther = (state: ChainState, lead: Leadership): void => {
  const { now, settings } = state
  if (lead.transfer !== undefined || lead.change !== undefined || !isSettled(state) || now < lead.preferAt) return
  const { members, outgoing } = configurationOf(state)
  const own = voterOf(state, settings.id)
  if (outgoing !== undefined || own === undefined) return
  let best = own
  for (const member of members) {
    if (member.role === "Voter" && member.priority > best.priority && isSteady(state, lead, member.id)) best = member
  }
  if (best === own) return
  lead.preferAt = now + 4 * settings.electionMs
  lead.transfer = makeTransfer(state, 0, best.id, now + settings.electionMs)
}

const isSteady = (state: ChainState, lead: Leadership, id: NodeId): boolean => {
  const progress = progressOf(lead, id)
  const { electionMs, heartbeatMs } = state.settings
  return (
    progress !== undefined &&
    progress.mode === "Replicate" &&
    progress.match >= state.commit.block.id.counter &&
    state.now - progress.aliveSince >= electionMs &&
    state.now - progress.answeredAt <= 2 * heartbeatMs
  )
}
