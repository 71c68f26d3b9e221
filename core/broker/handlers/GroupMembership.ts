import { ErrorCode, type ErrorName } from "../../protocol/index.ts"
import type { BrokerState } from "../BrokerState.ts"
import type { Call } from "../Call.ts"
import { noAssignment } from "../GroupDraft.ts"
import type { GroupOutput, Joined, Synced } from "../GroupState.ts"

/** Why no call about this group is taken; `undefined` when it is. */
const groupFault = (broker: BrokerState, groupId: string): ErrorName | undefined => {
  if (groupId === "") return "INVALID_GROUP_ID"
  return broker.offsetsReadable() ? undefined : "COORDINATOR_NOT_AVAILABLE"
}

/** Lets a member join its group, which keeps copies: what was decoded is a view of all that came with it. */
export const handleJoinGroup = (broker: BrokerState, call: Call<"JoinGroup">): void => {
  const { body, version } = call
  const fault = groupFault(broker, body.groupId)
  if (fault !== undefined) return refuseJoin(broker, call, fault)
  broker.toGroup(body.groupId, {
    _tag: "Join",
    caller: broker.ticket({ _tag: "JoinGroup", call }),
    memberId: body.memberId,
    instanceId: body.groupInstanceId,
    newMemberId: `${body.groupInstanceId ?? call.clientId}-${broker.entropy.uuid()}`,
    clientId: call.clientId,
    clientHost: call.clientHost,
    sessionTimeoutMs: body.sessionTimeoutMs,
    rebalanceTimeoutMs: version === 0 ? body.sessionTimeoutMs : body.rebalanceTimeoutMs,
    protocolType: body.protocolType,
    protocols: body.protocols.map(({ metadata, name }) => ({ name, metadata: metadata.slice() })),
    memberIdRequired: version >= 4,
    canSkipAssignment: version >= 9
  })
}

const refuseJoin = (broker: BrokerState, call: Call<"JoinGroup">, error: ErrorName, memberId = ""): void =>
  broker.reply(call, {
    errorCode: ErrorCode[error],
    protocolName: call.version >= 7 ? null : "",
    leader: "",
    memberId,
    members: []
  })

/** Answers a join. */
export const joined = (broker: BrokerState, call: Call<"JoinGroup">, output: Joined): void => {
  if (output.error !== "NONE") return refuseJoin(broker, call, output.error, output.memberId)
  broker.reply(call, {
    errorCode: ErrorCode.NONE,
    generationId: output.generation,
    protocolType: output.protocolType,
    protocolName: output.protocol,
    leader: output.leader,
    skipAssignment: output.skipAssignment,
    memberId: output.memberId,
    members: output.members.map(({ instanceId, memberId, metadata }) => ({
      memberId,
      groupInstanceId: instanceId,
      metadata
    }))
  })
}

/** Brings the leader's assignment, or asks for one's own. */
export const handleSyncGroup = (broker: BrokerState, call: Call<"SyncGroup">): void => {
  const { body } = call
  const fault = groupFault(broker, body.groupId)
  if (fault !== undefined) {
    return broker.reply(call, { errorCode: ErrorCode[fault], assignment: noAssignment })
  }
  broker.toGroup(body.groupId, {
    _tag: "Sync",
    caller: broker.ticket({ _tag: "SyncGroup", call }),
    memberId: body.memberId,
    instanceId: body.groupInstanceId,
    generation: body.generationId,
    protocolType: body.protocolType,
    protocol: body.protocolName,
    assignments: body.assignments.map(({ assignment, memberId }) => ({ memberId, assignment: assignment.slice() }))
  })
}

/** Answers a sync. */
export const synced = (broker: BrokerState, call: Call<"SyncGroup">, output: Synced): void =>
  broker.reply(call, {
    errorCode: ErrorCode[output.error],
    protocolType: output.protocolType,
    protocolName: output.protocol,
    assignment: output.assignment
  })

/** Keeps a member's session alive. */
export const handleHeartbeat = (broker: BrokerState, call: Call<"Heartbeat">): void => {
  const { body } = call
  const fault = groupFault(broker, body.groupId)
  if (fault !== undefined) return broker.reply(call, { errorCode: ErrorCode[fault] })
  broker.toGroup(body.groupId, {
    _tag: "Heartbeat",
    caller: broker.ticket({ _tag: "Heartbeat", call }),
    memberId: body.memberId,
    instanceId: body.groupInstanceId,
    generation: body.generationId
  })
}

/** Takes members out of their group. */
export const handleLeaveGroup = (broker: BrokerState, call: Call<"LeaveGroup">): void => {
  const { body, version } = call
  const fault = groupFault(broker, body.groupId)
  if (fault !== undefined) return broker.reply(call, { errorCode: ErrorCode[fault] })
  broker.toGroup(body.groupId, {
    _tag: "Leave",
    caller: broker.ticket({ _tag: "LeaveGroup", call }),
    members:
      version < 3
        ? [{ memberId: body.memberId, instanceId: null }]
        : body.members.map(({ groupInstanceId, memberId }) => ({ memberId, instanceId: groupInstanceId }))
  })
}

/** Answers members that left: before version 3 there is one, and its error is that of the whole request. */
export const left = (
  broker: BrokerState,
  call: Call<"LeaveGroup">,
  { members }: Extract<GroupOutput, { readonly _tag: "Left" }>
): void =>
  broker.reply(call, {
    errorCode: call.version < 3 ? ErrorCode[members[0]?.error ?? "NONE"] : ErrorCode.NONE,
    members: members.map(({ error, instanceId, memberId }) => ({
      memberId,
      groupInstanceId: instanceId,
      errorCode: ErrorCode[error]
    }))
  })
