import type { Machine, Transition } from "../machine/index.ts"
import { findBlock } from "./BlockTree.ts"
import type { ChainInput } from "./ChainInput.ts"
import type { ChainOutput } from "./ChainOutput.ts"
import { type ChainState, configurationOf, type Leadership, roleOf } from "./ChainState.ts"
import { advance, decide, isHeard } from "./Commit.ts"
import { arm, campaign, countOwnVote } from "./Election.ts"
import { sameConfiguration } from "./Configuration.ts"
import { flushWrites, halt, release, send } from "./Hold.ts"
import { onInstallFailed, onSnapshotInstalled, onSnapshotWritten } from "./InstallSnapshot.ts"
import { changeMembers, expireChange, review, successor } from "./Membership.ts"
import { expireProposal, forward, propose, seal } from "./Proposals.ts"
import { hasQuorum } from "./Quorum.ts"
import { expireRead, followReads, leadReads, read } from "./Read.ts"
import { receive } from "./Receive.ts"
import { beat, replicate } from "./Replication.ts"
import { answerUnknown, firstRequest, refuse, type Request } from "./Requests.ts"
import { becomeLeader, follow, noteDurable } from "./Roles.ts"
import { onReadFailed, onSnapshotRead, repeatChunks, sendSnapshots } from "./SendSnapshot.ts"
import { taken, takeIfDue } from "./TakeSnapshot.ts"
import { abortTransfer, preferOther, pursueTransfer, transfer } from "./Transfer.ts"
import { stopIfLacking } from "./Withheld.ts"

/** The first step applies what was committed when the node went down, and sets the clock. */
const begin = (state: ChainState): void => {
  state.started = true
  const recovered = findBlock(state.tree, state.recovered)
  if (recovered !== undefined && recovered !== state.commit) advance(state, recovered)
  if (state.settings.leaseDriftPercent !== undefined) state.heardAt = state.now
  arm(state)
  stopIfLacking(state)
}

/** Whether a quorum has answered within `electionMs` (check-quorum, Raft thesis 6.2, bug B22). */
const hasFollowers = (state: ChainState, lead: Leadership): boolean =>
  hasQuorum(configurationOf(state), (id) => isHeard(state, lead, id))

const expire = (state: ChainState): void => {
  let first = firstRequest(state.requests)
  while (first !== undefined && first.deadline <= state.now) {
    expireOne(state, first)
    first = firstRequest(state.requests)
  }
}

const expireOne = (state: ChainState, request: Request): void => {
  switch (request._tag) {
    case "Proposal":
      expireProposal(state, request)
      break
    case "Read":
      expireRead(state, request)
      break
    case "Change":
      expireChange(state, request)
      break
    case "Transfer":
      if (state.lead !== undefined) abortTransfer(state, state.lead, "BadChange")
  }
}

/** Speaks to everybody; whoever has fallen silent, or come back, may change what is committed and told to witnesses. */
const speak = (state: ChainState, lead: Leadership): void => {
  decide(state, lead)
  beat(state, lead)
  sendSnapshots(state, lead)
  repeatChunks(state, lead)
  preferOther(state, lead)
}

const tick = (state: ChainState, now: number): void => {
  if (now > state.now) state.now = now
  const { lead } = state
  if (lead === undefined) {
    if (state.now >= state.electionAt) campaign(state)
  } else if (state.now >= lead.heartbeatAt) {
    lead.heartbeatAt = state.now + state.settings.heartbeatMs
    if (hasFollowers(state, lead)) speak(state, lead)
    else follow(state, state.term)
  }
  const wish = state.lead?.transfer
  if (state.lead !== undefined && wish !== undefined && wish.abortAt <= state.now) {
    abortTransfer(state, state.lead, "BadChange")
  }
  expire(state)
}

const persisted = (state: ChainState, write: number): void => {
  release(state, write)
  if (state.campaign !== undefined && countOwnVote(state, state.campaign)) becomeLeader(state)
  else if (state.lead !== undefined && noteDurable(state, state.lead)) decide(state, state.lead)
}

const handle = (state: ChainState, input: ChainInput): void => {
  switch (input._tag) {
    case "Tick":
      tick(state, input.now)
      break
    case "Received":
      receive(state, input.from, input.incarnation, input.message)
      break
    case "Persisted":
      persisted(state, input.write)
      break
    case "PersistFailed":
      halt(state, `Write ${input.write} failed, and what is on the disk is not known: ${input.detail}`)
      break
    case "Propose":
      propose(state, input.id, input.commands, input.deadline)
      break
    case "Read":
      read(state, input.id, input.deadline)
      break
    case "ChangeMembers":
      changeMembers(state, input.id, input.members, input.deadline)
      break
    case "Transfer":
      transfer(state, input.id, input.to, input.deadline)
      break
    case "TakeSnapshotNow":
      state.snapshotWanted = true
      takeIfDue(state)
      break
    case "SnapshotTaken":
      taken(state, input.request, input.size)
      break
    case "SnapshotRead":
      onSnapshotRead(state, input.request, input.bytes)
      break
    case "SnapshotWritten":
      onSnapshotWritten(state, input.request)
      break
    case "SnapshotInstalled":
      onSnapshotInstalled(state, input.request)
      break
    case "SnapshotFailed":
      if (state.taking?.request === input.request) state.taking = undefined
      onReadFailed(state, input.request)
      onInstallFailed(state, input.request)
      break
  }
}

/** Says what others than the machine go by: role, term, leader and members. */
const announce = (state: ChainState): void => {
  const { announced, leader, term } = state
  const role = roleOf(state)
  const configuration = configurationOf(state)
  if (
    announced !== undefined &&
    announced.role === role &&
    announced.term === term &&
    announced.leader === leader &&
    sameConfiguration(announced.configuration, configuration)
  ) {
    return
  }
  state.announced = { role, term, leader, configuration }
  state.outputs.push({ _tag: "Status", role, term, leader, configuration })
}

const settleLeader = (state: ChainState, lead: Leadership): void => {
  if (lead.review && review(state, lead)) {
    const next = successor(state, lead)
    if (next !== 0) send(state, next, { _tag: "TimeoutNow", term: state.term })
    follow(state, state.term)
    return
  }
  if (lead.pending.length > 0) seal(state, lead)
  leadReads(state, lead)
  if (lead.transfer !== undefined) pursueTransfer(state, lead)
  if (!lead.flush) return
  replicate(state, lead)
  sendSnapshots(state, lead)
}

const settleFollower = (state: ChainState): void => {
  if (state.leader !== 0 && state.parked.length > 0) forward(state)
  followReads(state)
}

/** What follows from everything that the input changed, once. */
const settle = (state: ChainState): void => {
  if (state.lead !== undefined) settleLeader(state, state.lead)
  if (state.lead === undefined) settleFollower(state)
  flushWrites(state)
  announce(state)
}

/** When something is due although nothing happens. */
const nextAt = ({ electionAt, lead, requests }: ChainState): number => {
  const first = firstRequest(requests)
  const at = Math.min(lead === undefined ? electionAt : lead.heartbeatAt, first?.deadline ?? Infinity)
  return lead?.transfer === undefined ? at : Math.min(at, lead.transfer.abortAt)
}

/** Nothing will happen any more: all that waits is answered. */
const close = (state: ChainState): void => {
  let first = firstRequest(state.requests)
  while (first !== undefined) {
    if (first._tag === "Proposal" && first.stage !== "Here") answerUnknown(state, first)
    else refuse(state, first, "Stopped")
    first = firstRequest(state.requests)
  }
}

/** A node that has stopped takes nothing any more. */
const refuseAll = ({ leader }: ChainState, input: ChainInput): ReadonlyArray<ChainOutput> =>
  "id" in input ? [{ _tag: "Refused", id: input.id, reason: "Stopped", leader }] : []

const noOutputs: ReadonlyArray<ChainOutput> = []

/** Takes the time, and says whether nothing is due yet: all that does not wait for it was done by the step before. */
const isEarly = (state: ChainState, now: number): boolean => {
  if (now > state.now) state.now = now
  return state.now < nextAt(state)
}

const step = (state: ChainState, input: ChainInput): Transition<ChainState, ChainOutput> => {
  if (state.stopped) return [state, refuseAll(state, input)]
  if (input._tag === "Tick" && state.started && isEarly(state, input.now)) return [state, noOutputs]
  if (!state.started) {
    if (input._tag === "Tick") state.now = input.now
    begin(state)
  }
  if (state.stopped) state.outputs.push(...refuseAll(state, input))
  else handle(state, input)
  if (!state.stopped) settle(state)
  if (state.stopped) close(state)
  const { outputs } = state
  state.outputs = []
  return [state, outputs]
}

const wakeAt = (state: ChainState): number | undefined =>
  state.stopped ? undefined : state.started ? nextAt(state) : 0

/** A node of the chain as a machine. */
export const chain: Machine<ChainState, ChainInput, ChainOutput> = { step, wakeAt }
