import { broker } from "../../../core/broker/index.ts"
import type { BrokerInput, BrokerOutput, BrokerState, Group } from "../../../core/broker/index.ts"
import { assignSticky, groupMember } from "../../../core/client/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"
import { groupId } from "./GroupWorld.ts"
import type { BrokerMachine, Subjects } from "./GroupWorld.ts"

type GroupMember = Group["members"] extends ReadonlyMap<string, infer Member> ? Member : never
type RequestInput = Extract<BrokerInput, { readonly _tag: "Request" }>

const { step, wakeAt } = broker

const brokenBy = (broken: BrokerMachine["step"]): Partial<Subjects> => ({ broker: () => ({ wakeAt, step: broken }) })

const change = (state: BrokerState, fields: Partial<Group>): void => {
  const group = state.groups.get(groupId)
  if (group !== undefined) state.groups.set(groupId, { ...group, ...fields })
}

const changeMembers = (state: BrokerState, fields: (member: GroupMember) => Partial<GroupMember>): void => {
  const members = [...(state.groups.get(groupId)?.members ?? [])]
  change(state, { members: new Map(members.map(([id, member]) => [id, { ...member, ...fields(member) }])) })
}

/** The broker, told something else by its clients. */
const hearing = (change: (state: BrokerState, input: RequestInput) => BrokerInput): Partial<Subjects> =>
  brokenBy((state, input) => step(state, input._tag === "Request" ? change(state, input) : input))

/** The broker, answering something else. */
const answering = (change: (output: BrokerOutput) => ReadonlyArray<BrokerOutput>): Partial<Subjects> =>
  brokenBy((state, input) => {
    const [next, outputs] = step(state, input)
    return [next, outputs.flatMap(change)]
  })

/** Takes a commit of any generation for one of the present. */
export const anyGeneration: Partial<Subjects> = hearing((state, input) => {
  const generation = state.groups.get(groupId)?.generation
  const { call } = input
  if (call.name !== "OffsetCommit" || generation === undefined || call.body.memberId === "") return input
  return { ...input, call: { ...call, body: { ...call.body, generationIdOrMemberEpoch: generation } } }
})

/** Rebalances when a follower joins again that has nothing new to say. */
export const restless: Partial<Subjects> = hearing((_, input) => {
  const { call } = input
  if (call.name !== "JoinGroup") return input
  const protocols = call.body.protocols.map(({ metadata, name }) => ({
    name,
    metadata: Uint8Array.of(...metadata, call.id)
  }))
  return { ...input, call: { ...call, body: { ...call.body, protocols } } }
})

/** Does not count ids that were given out towards a full group. */
export const pendingUncounted: Partial<Subjects> = brokenBy((state, input) => {
  const isNew = input._tag === "Request" && input.call.name === "JoinGroup" && input.call.body.memberId === ""
  const group = state.groups.get(groupId)
  if (!isNew || group === undefined) return step(state, input)
  change(state, { pending: new Map() })
  const transition = step(state, input)
  const after = state.groups.get(groupId)
  change(state, { pending: new Map([...group.pending, ...(after?.pending ?? [])]) })
  return transition
})

/** Answers a heartbeat twice. */
export const twice: Partial<Subjects> = answering((output) =>
  output._tag === "Reply" && output.name === "Heartbeat" ? [output, output] : [output]
)

/** Does not count a heartbeat as a sign of life while it prepares a rebalance. */
export const deafWhilePreparing: Partial<Subjects> = brokenBy((state, input) => {
  const before = state.groups.get(groupId)
  const transition = step(state, input)
  const isBeat = input._tag === "Request" && input.call.name === "Heartbeat"
  if (isBeat && before?.phase === "PreparingRebalance" && state.groups.get(groupId)?.phase === "PreparingRebalance") {
    changeMembers(state, (member) => ({
      sessionDeadline: Math.min(member.sessionDeadline, before.members.get(member.id)?.sessionDeadline ?? Infinity)
    }))
  }
  return transition
})

/** Gives a static member that comes back nothing of what it had. */
export const forgetsStatic: Partial<Subjects> = brokenBy((state, input) => {
  const before = state.groups.get(groupId)
  const transition = step(state, input)
  if (before?.phase === "Stable") {
    changeMembers(state, ({ assignment, id }) => ({
      assignment: before.members.has(id) ? assignment : new Uint8Array(0)
    }))
  }
  return transition
})

/** Lets the process that a static member was before go on under its old id. */
export const unfenced: Partial<Subjects> = hearing((state, input) => {
  const { call } = input
  if (call.name !== "OffsetCommit" && call.name !== "Heartbeat") return input
  const instance = call.body.groupInstanceId
  const holder = [...(state.groups.get(groupId)?.members.values() ?? [])].find(
    ({ instanceId }) => instanceId === instance
  )
  if (instance === null || holder === undefined) return input
  const body = { ...call.body, memberId: holder.id }
  return { ...input, call: { ...call, body } as RequestInput["call"] }
})

/** Never gives a member up. */
export const patient: Partial<Subjects> = brokenBy((state, input) => {
  const transition = step(state, input)
  changeMembers(state, () => ({ sessionDeadline: Infinity }))
  return transition
})

/** Never takes back an id that was given out. */
export const pendingForever: Partial<Subjects> = brokenBy((state, input) => {
  const transition = step(state, input)
  const pending = [...(state.groups.get(groupId)?.pending.keys() ?? [])]
  change(state, { pending: new Map(pending.map((id) => [id, Infinity])) })
  return transition
})

/** Begins a generation with a number that was used before. */
export const backwards: Partial<Subjects> = brokenBy((state, input) => {
  const generation = state.groups.get(groupId)?.generation ?? 0
  const transition = step(state, input)
  const after = state.groups.get(groupId)
  if (after?.phase === "PreparingRebalance" && generation === after.generation && generation > 1) {
    change(state, { generation: generation - 1 })
  }
  return transition
})

/** Says that offsets are stored before they are. */
export const hastyCommit = (): Partial<Subjects> => {
  const early = new Set<number>()
  return brokenBy((state, input) => {
    const [next, outputs] = step(state, input)
    const call = input._tag === "Request" && input.call.name === "OffsetCommit" ? input.call : undefined
    const kept = outputs.filter((output) => output._tag !== "Reply" || !early.delete(output.id))
    const isOpen = call !== undefined && !outputs.some((output) => output._tag === "Reply" && output.id === call.id)
    if (!isOpen) return [next, kept]
    early.add(call.id)
    const topics = call.body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.NONE }))
    }))
    return [next, [...kept, { _tag: "Reply", id: call.id, name: "OffsetCommit", body: { topics } }]]
  })
}

/** Has forgotten every offset after a start. */
export const forgetful: Partial<Subjects> = brokenBy((state, input) => {
  const [next, outputs] = step(state, input)
  if (input._tag !== "Tick" || outputs.every(({ _tag }) => _tag !== "Disk") || state.offsets.has(groupId)) {
    return [next, outputs]
  }
  return [next, state.groups.size === 0 ? [{ _tag: "Loaded" }] : outputs]
})

/** Gives partitions away, as the leader, that somebody else has not let go of. */
export const grabbing: Partial<Subjects> = {
  member: () => ({
    wakeAt: groupMember.wakeAt,
    step: (state, input) => {
      const [next, outputs] = groupMember.step(state, input)
      const led = next.leadership
      if (led?.counts === undefined) return [next, outputs]
      const shares = assignSticky(led.members, led.counts)
      return [
        next,
        outputs.map((output) =>
          output._tag === "Ask" && output.question._tag === "Sync"
            ? { ...output, question: { ...output.question, shares } }
            : output
        )
      ]
    }
  })
}

/** Does not join anew, as a member, after it has let go of something. */
export const idle: Partial<Subjects> = {
  member: () => ({
    wakeAt: groupMember.wakeAt,
    step: (state, input) => {
      if (input._tag !== "Told" || state.revoking === undefined || state.leaving) return groupMember.step(state, input)
      const owned = new Map([...state.owned].filter(([, tp]) => !state.revoking?.includes(tp)))
      return [{ ...state, revoking: undefined, owned }, []]
    }
  })
}

/** Takes a coordinator that does not know the member for one that does. */
export const stubborn: Partial<Subjects> = {
  member: () => ({
    wakeAt: groupMember.wakeAt,
    step: (state, input) => {
      const isOut =
        input._tag === "Beaten" && "errorCode" in input.answer && input.answer.errorCode === ErrorCode.UNKNOWN_MEMBER_ID
      return groupMember.step(state, isOut ? { ...input, answer: { errorCode: ErrorCode.NONE } } : input)
    }
  })
}
