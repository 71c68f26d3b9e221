import type { Machine } from "../machine/index.ts"
import { ErrorCode } from "../protocol/index.ts"
import type { BrokerInput, BrokerOutput } from "./BrokerIo.ts"
import { type BrokerStart, BrokerState } from "./BrokerState.ts"
import { makeGroup } from "./Group.ts"
import { emptyGroup, type Group, type GroupInput, type GroupOutput } from "./GroupState.ts"
import { createPartitionsLater, partitionsSettled } from "./handlers/CreatePartitions.ts"
import { createTopicSettled } from "./handlers/CreateTopics.ts"
import { trimmed } from "./handlers/DeleteRecords.ts"
import { deleteTopicLater, deleteTopicSettled } from "./handlers/DeleteTopics.ts"
import { dropFetch, fetched, fetchRound, fetchTimedOut, wakeFetch } from "./handlers/Fetch.ts"
import { groupOffsetsRemoved } from "./handlers/GroupAdmin.ts"
import { joined, left, synced } from "./handlers/GroupMembership.ts"
import { producerIdsStored } from "./handlers/InitProducerId.ts"
import { listed } from "./handlers/ListOffsets.ts"
import { metadataTopicSettled } from "./handlers/Metadata.ts"
import { commitChecked, commitEnded } from "./handlers/OffsetCommit.ts"
import { produced } from "./handlers/Produce.ts"
import { imageStored } from "./ImageStore.ts"
import { errorOf } from "./KnownErrors.ts"
import { loadOffsets, offsetsAppended, offsetsRead, offsetsTopicSettled, removeOffsetsOf } from "./OffsetsLog.ts"
import type { Partition } from "./Partition.ts"
import { partitionLog } from "./PartitionLog.ts"
import type { PartitionInput, PartitionOutput } from "./PartitionLogIo.ts"
import { handleRequest } from "./Requests.ts"
import type { Task } from "./Task.ts"
import { topicGrown } from "./TopicGrowth.ts"
import { partitionClosed, partitionOpened, partitionRemoved, topicCreated, topicDeleting } from "./TopicLifecycle.ts"

/** The state in which a broker begins. */
export const startBroker = (start: BrokerStart): BrokerState => new BrokerState(start)

/**
 * A Kafka broker as one machine: the host of one machine for each partition and each group, and of the topics.
 *
 * **Details**
 *
 * A step takes one input and works off all that it causes inside, first in, first out, before it gives its outputs. What
 * has no time running costs nothing: `wakeAt` comes from a heap.
 *
 * **Gotchas**
 *
 * The state is mutable storage of the machine's own: `step` gives back the one it was given.
 */
export const broker: Machine<BrokerState, BrokerInput, BrokerOutput> = {
  step: (state, input) => {
    take(state, input)
    for (let i = 0; i < state.tasks.length; i++) run(state, state.tasks[i]!)
    state.tasks.length = 0
    const { outputs } = state
    state.outputs = []
    return [state, outputs]
  },
  wakeAt: (state) => state.alarms.next()
}

const take = (state: BrokerState, input: BrokerInput): void => {
  switch (input._tag) {
    case "Tick":
      return tick(state, input.now)
    case "Request":
      return handleRequest(state, input.call)
    case "Abandoned": {
      const job = state.fetches.get(input.id)
      if (job !== undefined) dropFetch(state, job)
      state.lookups.delete(input.id)
      return
    }
    case "DiskDone": {
      const partition = state.partitionNamed(input)
      if (partition !== undefined) state.toPartition(partition, input.input)
      return
    }
    case "Opened":
      return partitionOpened(state, state.partitionNamed(input), input.log, input.message)
    case "Removed":
      return partitionRemoved(state, state.partitionNamed(input), input.message)
    case "ImageStored":
      imageStored(state, input.version, input.message)
      return finishStop(state)
    case "Stop":
      return stop(state)
  }
}

const tick = (state: BrokerState, now: number): void => {
  state.now = now
  if (!state.isLoading) {
    state.isLoading = true
    loadOffsets(state)
  }
  for (let name = state.alarms.due(now); name !== undefined; name = state.alarms.due(now)) {
    const [kind, id] = [name.slice(0, 1), name.slice(2)]
    if (kind === "g") state.toGroup(id, { _tag: "Tick", now })
    else if (kind === "p") {
      const partition = state.partitions.get(id)
      if (partition !== undefined) state.toPartition(partition, { _tag: "Tick", now })
    } else {
      const job = state.fetches.get(Number(id))
      if (job !== undefined) fetchTimedOut(state, job)
    }
  }
}

const run = (state: BrokerState, task: Task): void => {
  switch (task._tag) {
    case "Partition":
      return runPartition(state, task.partition, task.input)
    case "Group":
      return runGroup(state, task.id, task.input)
    case "FetchWake":
      return wakeFetch(state, task.job)
    case "FetchRound":
      return fetchRound(state, task.job)
    case "OffsetsStored": {
      const { error, owner } = task
      if (owner._tag === "Commit") return commitEnded(state, owner.call, error)
      return groupOffsetsRemoved(state, owner.job, owner.group, error)
    }
    case "ImageSettled": {
      const { fault, waiter } = task
      if (waiter._tag === "InitProducerId") return producerIdsStored(state, waiter.call, fault)
      if (waiter._tag === "TopicCreated") return topicCreated(state, waiter.name, fault)
      if (waiter._tag === "TopicGrown") return topicGrown(state, waiter.name, fault)
      if (fault === undefined) removeOffsetsOf(state, waiter.name)
      return topicDeleting(state, waiter.name, fault)
    }
    case "TopicSettled": {
      const { fault, name, waiter } = task
      switch (waiter._tag) {
        case "CreateTopics":
          return createTopicSettled(state, waiter.job, name, fault)
        case "CreatePartitions":
          return partitionsSettled(state, waiter.job, name, fault)
        case "CreatePartitionsLater":
          return createPartitionsLater(state, waiter.job, name)
        case "DeleteTopics":
          return deleteTopicSettled(state, waiter.job, name, fault)
        case "DeleteTopicsLater":
          return deleteTopicLater(state, waiter.job, name)
        case "Metadata":
          return metadataTopicSettled(state, waiter.job, name)
        case "Offsets":
          return offsetsTopicSettled(state, waiter.append, fault)
      }
    }
  }
}

const runPartition = (state: BrokerState, partition: Partition, input: PartitionInput): void => {
  const { folder, log } = partition
  if (log === undefined) return
  if (log.now !== state.now) partitionOutputs(state, partition, { _tag: "Tick", now: state.now })
  partitionOutputs(state, partition, input)
  state.alarms.set(`p ${folder}`, partitionLog.wakeAt(log))
}

const partitionOutputs = (state: BrokerState, partition: Partition, input: PartitionInput): void => {
  if (partition.log === undefined) return
  const [log, outputs] = partitionLog.step(partition.log, input)
  partition.log = log
  for (const output of outputs) route(state, partition, output)
}

const route = (state: BrokerState, partition: Partition, output: PartitionOutput): void => {
  const { folder, incarnation } = partition
  switch (output._tag) {
    case "Perform":
    case "Read":
      state.outputs.push({ _tag: "Disk", folder, incarnation, work: output })
      return
    case "Advanced":
      return state.wakeFetches(partition)
    case "WentOffline":
      if (state.topics.get(partition.place.topic)?.status === "online") {
        state.outputs.push({ _tag: "Report", message: output.message })
      }
      return state.wakeFetches(partition)
    case "ReadFailed":
    case "RemovalFailed":
      state.outputs.push({ _tag: "Report", message: output.message })
      return
    default:
      return answered(state, output)
  }
}

type PartitionAnswer = Exclude<
  PartitionOutput,
  { readonly _tag: "Perform" | "Read" | "Advanced" | "WentOffline" | "ReadFailed" | "RemovalFailed" }
>

const answered = (state: BrokerState, answer: PartitionAnswer): void => {
  const ticket = state.redeem(answer.id)
  switch (ticket?._tag) {
    case "Produce":
      return answer._tag === "Appended" || answer._tag === "Refused" ? produced(state, ticket, answer) : undefined
    case "Fetch":
      return answer._tag === "Fetched" ? fetched(state, ticket.job, ticket.slot, answer) : undefined
    case "ListOffsets": {
      if (answer._tag !== "ListedOffset") return
      return listed(state, ticket.job, { ...answer, error: errorOf(answer.errorCode) })
    }
    case "DeleteRecords":
      return answer._tag === "Trimmed" ? trimmed(state, ticket.job, ticket.topic, ticket.slot, answer) : undefined
    case "OffsetsAppend":
      return offsetsAppended(state, ticket.append, answer._tag === "Refused" ? answer.errorCode : ErrorCode.NONE)
    case "OffsetsLoad":
      return answer._tag === "Fetched" ? offsetsRead(state, answer) : undefined
    case "Deletion":
      return partitionClosed(state, ticket.partition)
    case "Stop":
      state.stopping = (state.stopping ?? 1) - 1
      return finishStop(state)
  }
}

const runGroup = (state: BrokerState, id: string, input: GroupInput): void => {
  const machine = makeGroup(state.config.group)
  const known: Group = state.groups.get(id) ?? emptyGroup(id, state.now)
  const outputs: Array<GroupOutput> = []
  let group = known
  const step = (next: GroupInput): void => {
    const [after, more] = machine.step(group, next)
    group = after
    outputs.push(...more)
  }
  if (group.now !== state.now) step({ _tag: "Tick", now: state.now })
  if (input._tag !== "Tick") step(input)
  const isIdle = group.phase === "Empty" && group.pending.size === 0
  if (isIdle) state.groups.delete(id)
  else state.groups.set(id, group)
  state.alarms.set(`g ${id}`, isIdle ? undefined : machine.wakeAt(group))
  for (const output of outputs) groupAnswered(state, output)
}

const groupAnswered = (state: BrokerState, output: GroupOutput): void => {
  const ticket = state.redeem(output.caller)
  switch (output._tag) {
    case "Joined":
      return ticket?._tag === "JoinGroup" ? joined(state, ticket.call, output) : undefined
    case "Synced":
      return ticket?._tag === "SyncGroup" ? synced(state, ticket.call, output) : undefined
    case "HeartbeatAnswered":
      return ticket?._tag === "Heartbeat" ? state.reply(ticket.call, { errorCode: ErrorCode[output.error] }) : undefined
    case "CommitAnswered":
      return ticket?._tag === "OffsetCommit" ? commitChecked(state, ticket.call, output.error) : undefined
    case "Left":
      return ticket?._tag === "LeaveGroup" ? left(state, ticket.call, output) : undefined
  }
}

/** Has every log synced and closed; partitions without a log need nothing. */
const stop = (state: BrokerState): void => {
  const open = [...state.partitions.values()].filter(({ log }) => log !== undefined)
  state.stopping = open.length
  for (const partition of open) state.toPartition(partition, { _tag: "Close", id: state.ticket({ _tag: "Stop" }) })
  finishStop(state)
}

/** Says that everything is on the disk, once it is. */
const finishStop = (state: BrokerState): void => {
  if (state.stopping === 0 && state.image.writing === undefined) state.outputs.push({ _tag: "Stopped" })
}
