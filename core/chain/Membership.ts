import { enrolled, checkTarget, final, joint, withLearners } from "./Changes.ts"
import { type ChainState, configurationOf, isSettled, type Leadership } from "./ChainState.ts"
import type { Configuration, Member, NodeId } from "./Configuration.ts"
import { extend } from "./Extend.ts"
import { send } from "./Hold.ts"
import type { RefusedReason } from "./Message.ts"
import { makeProgress, type Progress } from "./Progress.ts"
import { memberOf } from "./Quorum.ts"
import { addRequest, answerChanged, answerUnknown, type ChangeRequest, refuse } from "./Requests.ts"

/** Takes the wish for other members; one at a time. */
export const changeMembers = (
  state: ChainState,
  id: number,
  members: ReadonlyArray<Member>,
  deadline: number
): void => {
  const request: ChangeRequest = {
    _tag: "Change",
    id,
    deadline,
    done: false,
    target: members,
    stage: "Waiting",
    learners: []
  }
  const { lead } = state
  addRequest(state, request)
  const reason = whyNot(state, members)
  if (reason !== undefined) refuse(state, request, reason)
  else if (lead !== undefined) {
    lead.change = request
    lead.review = true
  }
}

const whyNot = (state: ChainState, members: ReadonlyArray<Member>): RefusedReason | undefined => {
  const { lead } = state
  if (lead === undefined) return "NoLeader"
  if (lead.transfer !== undefined) return "Transferring"
  const configuration = configurationOf(state)
  if (lead.change !== undefined || configuration.outgoing !== undefined) return "ChangeUnderWay"
  return checkTarget(configuration, members) === undefined ? undefined : "BadChange"
}

/**
 * Takes the next step of a change, if it may (joint consensus, Raft thesis 4.3).
 *
 * **Details**
 *
 * New voters learn first; then the old and the new members decide together, from the moment that the block of this is
 * appended; once it is committed, the new ones alone. Each step waits until the one before is committed, and the first
 * until a block of the leader's own term is (bug B2). A change that an earlier leader began goes on here (bug B4). Gives
 * whether the leader leads no more, as it is no voter any more.
 */
export const review = (state: ChainState, lead: Leadership): boolean => {
  lead.review = false
  if (state.commit.block.id.term !== state.term || !isSettled(state)) return false
  const configuration = configurationOf(state)
  keepProgress(lead, configuration)
  if (configuration.outgoing !== undefined) {
    append(state, lead, final(configuration))
    return false
  }
  if (lead.change?.stage === "Joint") {
    answerChanged(state, lead.change)
    lead.change = undefined
  }
  if (memberOf(configuration, state.settings.id)?.role !== "Voter") return true
  if (withdraw(state, lead, configuration)) return false
  if (lead.change !== undefined && pursue(state, lead, lead.change, configuration)) return false
  enrol(state, lead, configuration)
  return false
}

const append = (state: ChainState, lead: Leadership, configuration: Configuration): void => {
  const { id } = extend(state, { _tag: "Configuration", configuration }, 0).block
  for (const member of configuration.members) {
    if (member.id === state.settings.id || lead.progress.some((progress) => progress.id === member.id)) continue
    lead.progress.push(makeProgress(member.id, id.counter, state.now, member.incarnation))
  }
  lead.progress.sort((a, b) => a.id - b.id)
}

/** Forgets those who are no members any more. They were told so, as far as they could be reached. */
const keepProgress = (lead: Leadership, configuration: Configuration): void => {
  lead.progress = lead.progress.filter(({ id }) => memberOf(configuration, id) !== undefined)
}

/** Lets those go again who were to be voters and did not catch up. */
const withdraw = (state: ChainState, lead: Leadership, { members }: Configuration): boolean => {
  const { unwanted } = lead
  if (unwanted.length === 0) return false
  lead.unwanted = []
  const kept = members.filter(({ id, role }) => role !== "Learner" || !unwanted.includes(id))
  if (kept.length === members.length) return false
  append(state, lead, { members: kept })
  return true
}

/** Takes a step of the leader's own change. Gives whether a block came of it. */
const pursue = (state: ChainState, lead: Leadership, change: ChangeRequest, configuration: Configuration): boolean => {
  const learning = withLearners(configuration, change.target)
  if (learning !== undefined) {
    change.learners = newcomers(configuration, learning)
    change.stage = "Learning"
    append(state, lead, learning)
    return true
  }
  const behind = awaited(state, lead, change, configuration)
  if (behind === "Waits") {
    change.stage = "Learning"
    return false
  }
  if (behind === "Fails") {
    refuse(state, change, "BadChange")
    giveUp(lead, change)
    return withdraw(state, lead, configuration)
  }
  change.stage = "Joint"
  append(state, lead, joint(configuration, change.target))
  return true
}

const newcomers = (before: Configuration, { members }: Configuration): ReadonlyArray<NodeId> =>
  members.filter(({ id }) => memberOf(before, id) === undefined).map(({ id }) => id)

/** Whether those who are to become voters have caught up. */
const awaited = (
  state: ChainState,
  lead: Leadership,
  { target }: ChangeRequest,
  configuration: Configuration
): "Done" | "Waits" | "Fails" => {
  let all: "Done" | "Waits" | "Fails" = "Done"
  for (const { id, role } of target) {
    if (role !== "Voter" || memberOf(configuration, id)?.role !== "Learner") continue
    const progress = lead.progress.find((each) => each.id === id)
    const one = progress === undefined ? "Waits" : catchUp(state, progress)
    if (one === "Fails" || all === "Fails") all = "Fails"
    else if (one === "Waits") all = "Waits"
  }
  return all
}

/**
 * Follows the rounds of a new voter: it has caught up when one took less than an election time-out, so that it will not
 * hold up the cluster (Raft thesis 4.2.1).
 */
const catchUp = (state: ChainState, progress: Progress): "Done" | "Waits" | "Fails" => {
  const head = state.tree.head.block.id.counter
  progress.catchUp ??= { rounds: 1, goal: head, since: state.now, done: false }
  const round = progress.catchUp
  if (!round.done && progress.match >= round.goal) {
    if (state.now - round.since < state.settings.electionMs) round.done = true
    else {
      round.rounds++
      round.goal = head
      round.since = state.now
    }
  }
  if (round.done) return "Done"
  return round.rounds > state.settings.catchUpRounds ? "Fails" : "Waits"
}

const giveUp = (lead: Leadership, change: ChangeRequest): void => {
  lead.change = undefined
  lead.unwanted = change.learners
  lead.review = true
}

/** A change's time is up. As long as only learners came of it, it is undone; a joint one goes on. */
export const expireChange = (state: ChainState, change: ChangeRequest): void => {
  const { lead } = state
  if (change.stage === "Joint" || lead === undefined) answerUnknown(state, change)
  else {
    refuse(state, change, change.stage === "Waiting" ? "NoLeader" : "BadChange")
    giveUp(lead, change)
  }
}

/** A leader that leads no more does not know what becomes of its change. */
export const returnChange = (state: ChainState, { change }: Leadership): void => {
  if (change === undefined) return
  if (change.stage === "Waiting") refuse(state, change, "NoLeader")
  else answerUnknown(state, change)
}

/** Enters the incarnations that were heard (KIP-853's directory ids): nobody else can then pass for these nodes. */
const enrol = (state: ChainState, lead: Leadership, configuration: Configuration): void => {
  let next = enrolled(configuration, state.settings.id, state.incarnation)
  for (const { id, incarnation } of lead.progress) next = enrolled(next, id, incarnation)
  if (next !== configuration) append(state, lead, next)
}

/**
 * Whether a message comes from a node that has forgotten what it acknowledged: it has another disk than the one that the
 * cluster knows (bug B16). It is not counted, and is told so once that is committed.
 */
export const isEstranged = (state: ChainState, from: NodeId, incarnation: number): boolean => {
  const known = memberOf(configurationOf(state), from)?.incarnation ?? 0
  if (known === 0 || incarnation === 0 || known === incarnation) return false
  if (isSettled(state)) send(state, from, { _tag: "Estranged", term: state.term })
  return true
}

/** Takes note of who a follower says that it is; the first one counts. Gives whether it is still the same. */
export const noteIncarnation = (lead: Leadership, progress: Progress, incarnation: number): boolean => {
  if (incarnation === 0) return true
  if (progress.incarnation === 0) {
    progress.incarnation = incarnation
    lead.review = true
  }
  return progress.incarnation === incarnation
}

/** The voter that has most, to be handed the leadership. */
export const successor = (state: ChainState, lead: Leadership): NodeId => {
  const { members } = configurationOf(state)
  let best: Progress | undefined
  for (const progress of lead.progress) {
    const isVoter = members.some(({ id, role }) => id === progress.id && role === "Voter")
    if (isVoter && (best === undefined || progress.match > best.match)) best = progress
  }
  return best?.id ?? 0
}
