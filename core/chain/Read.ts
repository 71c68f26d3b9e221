import { type ChainState, configurationOf, type Leadership, nextRequest } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import { send } from "./Hold.ts"
import type { Message } from "./Message.ts"
import { hasQuorum } from "./Quorum.ts"
import { ready, readyReads } from "./Ready.ts"
import { inquire } from "./Replication.ts"
import { addRequest, type ReadRequest, refuse } from "./Requests.ts"

/** Takes a read of this node's application; it waits until its place in the chain is known. */
export const read = (state: ChainState, id: number, deadline: number): void => {
  const request: ReadRequest = { _tag: "Read", id, deadline, done: false }
  addRequest(state, request)
  state.reads.push(request)
}

/** A read's time is up. It has no effect, whatever comes of it. */
export const expireRead = (state: ChainState, request: ReadRequest): void => {
  refuse(state, request, "NoLeader")
  while (state.reads[0]?.done === true) state.reads.shift()
  // Those behind one that has time left go together: to look through all for each would cost a square.
  if (state.reads.length > 2 * state.requests.live + 64) state.reads = state.reads.filter(({ done }) => !done)
}

/** Whether a quorum, the leader among it, has answered this round or a later one. */
const isAnswered = (state: ChainState, lead: Leadership, round: number): boolean =>
  hasQuorum(configurationOf(state), (id) => {
    if (id === state.settings.id) return true
    for (const progress of lead.progress) if (progress.id === id) return progress.answered >= round
    return false
  })

/**
 * Whether no other leader can have been elected yet (Raft thesis 6.4.1).
 *
 * **Details**
 *
 * A quorum answered what was sent so lately that none of it votes for another one, even if its clock goes faster by the
 * drift allowed for. Who was once told to take over may be elected all the same, at any time in the term (bug B14).
 */
const hasLease = (state: ChainState, lead: Leadership): boolean => {
  const { electionMs, leaseDriftPercent } = state.settings
  if (leaseDriftPercent === undefined || lead.leaseLost || lead.transfer !== undefined) return false
  const since = state.now - electionMs * (1 - leaseDriftPercent / 100)
  for (const { at, round } of lead.sent) if (at > since) return isAnswered(state, lead, round)
  return isAnswered(state, lead, Infinity)
}

/**
 * A leader answers reads with its commit marker, once it is sure that it still leads (ReadIndex, Raft thesis 6.4).
 *
 * **Details**
 *
 * It must have committed a block of its own term, or it may not know all that is committed (bug B13). One round of
 * messages serves all reads that came before it; what comes meanwhile waits for the next one.
 */
export const leadReads = (state: ChainState, lead: Leadership): void => {
  if (state.asked !== undefined) takeBack(state)
  if (lead.reading !== undefined) confirm(state, lead)
  if (state.reads.length === 0 && lead.remoteReads.length === 0) return
  if (lead.reading !== undefined || state.commit.block.id.term !== state.term) return
  const round = lead.round + 1
  lead.reading = { round, requests: state.reads, remote: lead.remoteReads, block: state.commit.block.id }
  state.reads = []
  lead.remoteReads = []
  if (hasLease(state, lead)) answer(state, lead)
  else {
    inquire(state, lead)
    confirm(state, lead)
  }
}

const confirm = (state: ChainState, lead: Leadership): void => {
  if (lead.reading !== undefined && isAnswered(state, lead, lead.reading.round)) answer(state, lead)
}

const answer = (state: ChainState, lead: Leadership): void => {
  const { reading } = lead
  lead.reading = undefined
  if (reading === undefined) return
  ready(state, reading.requests)
  for (const { from, request } of reading.remote) {
    send(state, from, { _tag: "ReadIndexReply", term: state.term, request, block: reading.block })
  }
}

/** A leader that leads no more keeps its own reads for the next one. Those of others ask again by themselves. */
export const returnReads = (state: ChainState, lead: Leadership): void => {
  if (lead.reading !== undefined) state.reads = [...lead.reading.requests, ...state.reads]
}

const takeBack = (state: ChainState): void => {
  if (state.asked !== undefined) state.reads = [...state.asked.requests, ...state.reads]
  state.asked = undefined
}

/**
 * A follower asks its leader up to which block its reads have to wait.
 *
 * **Details**
 *
 * One question at a time. It has no effect, so that it is repeated when the leader is heard and the answer is late, and
 * asked anew of another leader; an answer counts only for the question that it names.
 */
export const followReads = (state: ChainState): void => {
  const { asked, leader } = state
  if (asked !== undefined && asked.to !== leader) takeBack(state)
  if (leader === 0 || state.asked !== undefined || state.reads.length === 0) return
  const requests = state.reads.filter(({ done }) => !done)
  state.reads = []
  if (requests.length === 0) return
  state.asked = { request: nextRequest(state), requests, to: leader, at: state.now }
  question(state)
}

const question = (state: ChainState): void => {
  const { asked } = state
  if (asked === undefined) return
  asked.at = state.now
  send(state, asked.to, { _tag: "ReadIndex", term: state.term, request: asked.request })
}

/** The leader was heard: it is asked again for what it has not answered. */
export const repeatRead = (state: ChainState): void => {
  const { asked, leader, now, settings } = state
  if (asked !== undefined && asked.to === leader && now - asked.at >= settings.heartbeatMs) question(state)
}

/** A leader is asked by another node; of each node only the last question counts. */
export const onReadIndex = (state: ChainState, from: NodeId, request: number): void => {
  const { lead } = state
  if (lead === undefined) {
    send(state, from, { _tag: "ReadIndexReply", term: state.term, request, block: undefined })
    return
  }
  if (lead.reading?.remote.some((remote) => remote.from === from && remote.request === request) === true) return
  lead.remoteReads = lead.remoteReads.filter((remote) => remote.from !== from)
  lead.remoteReads.push({ from, request })
}

/** The leader has answered, or leads no more, and is forgotten. */
export const onReadIndexReply = (
  state: ChainState,
  from: NodeId,
  message: Message & { readonly _tag: "ReadIndexReply" }
): void => {
  const { asked } = state
  if (asked === undefined || asked.request !== message.request) return
  if (message.block === undefined) {
    if (message.term === state.term && from === state.leader) state.leader = 0
    return
  }
  state.asked = undefined
  state.waitingReads = state.waitingReads.filter(({ requests }) => requests.some(({ done }) => !done))
  state.waitingReads.push({ counter: message.block.counter, requests: asked.requests })
  readyReads(state)
}
