import { type DescribeGroups, ErrorCode, type ErrorName } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { noAssignment } from "../GroupDraft.ts"
import type { Group } from "../GroupState.ts"
import { removeOffsets } from "../OffsetsLog.ts"

type GroupAnswer = (typeof DescribeGroups)["response"]["Input"]["groups"][number]

/** Every group here is of the classic protocol. */
const groupType = "classic"

/** Lists the groups that have members, or offsets. */
export const handleListGroups = (broker: BrokerState, call: Call<"ListGroups">): void => {
  if (!broker.offsetsReadable()) {
    return broker.reply(call, { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] })
  }
  const states = new Set(call.body.statesFilter.map((state) => state.toLowerCase()))
  const types = new Set(call.body.typesFilter.map((type) => type.toLowerCase()))
  const ids =
    types.size > 0 && !types.has(groupType) ? [] : new Set([...broker.groups.keys(), ...broker.offsets.groups()])
  const groups = [...ids]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((groupId) => {
      const group = broker.groups.get(groupId)
      return {
        groupId,
        protocolType: group?.protocolType ?? "",
        groupState: group?.phase ?? "Empty",
        groupType
      }
    })
  broker.reply(call, {
    errorCode: ErrorCode.NONE,
    groups: groups.filter(({ groupState }) => states.size === 0 || states.has(groupState.toLowerCase()))
  })
}

/**
 * Describes groups with their members.
 *
 * **Details**
 *
 * A group that nobody knows is "Dead" and no error. What members have told their leader is shown once the group is stable.
 * A group that is named twice is described once.
 */
export const handleDescribeGroups = (broker: BrokerState, call: Call<"DescribeGroups">): void =>
  broker.reply(call, { groups: Array.from(new Set(call.body.groups), (groupId) => describe(broker, groupId)) })

const describe = (broker: BrokerState, groupId: string): GroupAnswer => {
  const nobody = { groupId, protocolType: "", protocolData: "", members: [] }
  if (!broker.offsetsReadable()) {
    return { ...nobody, errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groupState: "" }
  }
  const group = broker.groups.get(groupId)
  if (group !== undefined) return describeKnown(group)
  return { ...nobody, errorCode: ErrorCode.NONE, groupState: broker.offsets.has(groupId) ? "Empty" : "Dead" }
}

const describeKnown = (group: Group): GroupAnswer => {
  const protocol = group.phase === "Stable" ? group.protocol : null
  return {
    errorCode: ErrorCode.NONE,
    groupId: group.id,
    groupState: group.phase,
    protocolType: group.protocolType ?? "",
    protocolData: protocol ?? "",
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: member.protocols.find(({ name }) => name === protocol)?.metadata ?? noAssignment,
      memberAssignment: protocol === null ? noAssignment : member.assignment
    }))
  }
}

/** A request to delete groups, some of whose offsets are not taken back yet. */
export interface DeleteGroupsJob {
  readonly call: Call<"DeleteGroups">
  readonly errors: Map<string, ErrorName>
  /** Batches of offsets that are still on their way. */
  left: number
}

/** Deletes groups without members. The answer comes when the log says so of their offsets. */
export const handleDeleteGroups = (broker: BrokerState, call: Call<"DeleteGroups">): void => {
  const job: DeleteGroupsJob = { call, errors: new Map(), left: 0 }
  for (const groupId of new Set(call.body.groupsNames)) {
    const fault = deletionFault(broker, groupId)
    job.errors.set(groupId, fault)
    if (fault !== "NONE") continue
    broker.groups.delete(groupId)
    broker.alarms.set(`g ${groupId}`, undefined)
    job.left += removeOffsets(broker, broker.offsets.keysOfGroup(groupId), {
      _tag: "DeleteGroups",
      job,
      group: groupId
    })
  }
  if (job.left === 0) answerDeletion(broker, job)
}

/** One batch of a group's offsets is taken back, or stays. */
export const groupOffsetsRemoved = (
  broker: BrokerState,
  job: DeleteGroupsJob,
  group: string,
  error: ErrorName
): void => {
  if (error !== "NONE") job.errors.set(group, error)
  job.left -= 1
  if (job.left === 0) answerDeletion(broker, job)
}

const deletionFault = (broker: BrokerState, groupId: string): ErrorName => {
  if (!broker.offsetsReadable()) return "COORDINATOR_NOT_AVAILABLE"
  const group = broker.groups.get(groupId)
  if (group === undefined) return broker.offsets.has(groupId) ? "NONE" : "GROUP_ID_NOT_FOUND"
  return group.phase === "Empty" ? "NONE" : "NON_EMPTY_GROUP"
}

const answerDeletion = (broker: BrokerState, { call, errors }: DeleteGroupsJob): void =>
  broker.reply(call, { results: Array.from(errors, ([groupId, error]) => ({ groupId, errorCode: ErrorCode[error] })) })
