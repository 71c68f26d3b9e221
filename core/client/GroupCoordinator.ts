import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { TopicPartition } from "../log/index.ts"
import type { Address, PartitionOffset } from "../ports/index.ts"
import {
  ErrorCode,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  type Message,
  OffsetCommit,
  OffsetFetch,
  SyncGroup
} from "../protocol/index.ts"
import { addressName, ClientFailure } from "./ClientFailure.ts"
import { type ClusterOptions, type ClusterSession } from "./ClusterSession.ts"
import { type ConnectionSlot, makeConnectionSlot } from "./ConnectionSlot.ts"
import type { MemberAnswer, MemberQuestion } from "./GroupMemberState.ts"
import {
  consumerProtocolType,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  partitionsByTopic
} from "./GroupProtocol.ts"
import { stickyAssignorName, type Subscriber } from "./StickyAssignor.ts"

/** What the requests of a group need to know; times are in milliseconds. */
export interface CoordinatorOptions extends ClusterOptions {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  /** How long the coordinator waits for everybody to join anew. */
  readonly rebalanceTimeoutMs: number
}

/** Who commits, and where. */
export interface Committer {
  readonly coordinator: Address
  readonly memberId: string
  readonly generation: number
}

/** The requests of one group, over connections of the scope that it was made in. */
export interface GroupCoordinator {
  readonly find: Effect.Effect<Extract<MemberAnswer, { readonly _tag: "Found" | "Refused" | "Failed" }>>
  readonly ask: (topics: ReadonlyArray<string>, question: MemberQuestion) => Effect.Effect<MemberAnswer>
  readonly beat: (by: Committer) => Effect.Effect<number, ClientFailure>
  /** Answers with the first error code that is one, or with 0. */
  readonly commit: (by: Committer, offsets: ReadonlyArray<PartitionOffset>) => Effect.Effect<number, ClientFailure>
  /** Answers with what is stored, or with an error code. */
  readonly committed: (
    coordinator: Address,
    partitions: ReadonlyArray<TopicPartition>
  ) => Effect.Effect<ReadonlyArray<PartitionOffset> | number, ClientFailure>
}

const groupKeyType = 0

/** A code from any part of an answer, 0 where all is well. */
const worst = (codes: Iterable<number>): number => {
  for (const code of codes) if (code !== ErrorCode.NONE) return code
  return ErrorCode.NONE
}

/** Makes the requests of a group. */
export const makeGroupCoordinator = Effect.fnUntraced(function* (
  cluster: ClusterSession,
  options: CoordinatorOptions
): Effect.fn.Return<GroupCoordinator, never, Scope.Scope> {
  const { groupId } = options
  const scope = yield* Effect.scope
  const held = new Map<string, ConnectionSlot>()

  /** A broker answers the requests of a connection in turn: what it holds for a rebalance has a connection of its own. */
  const hold = <M extends Message>(address: Address, message: M, body: M["request"]["Input"]) =>
    Effect.gen(function* () {
      const name = addressName(address)
      const slot = held.get(name) ?? (yield* Scope.provide(makeConnectionSlot({ ...options, address }), scope))
      held.set(name, slot)
      const connection = yield* slot.get
      return yield* connection.request(message, body, options.rebalanceTimeoutMs + options.requestTimeoutMs)
    })
  const request = <M extends Message>(address: Address, message: M, body: M["request"]["Input"]) =>
    Effect.flatMap(cluster.brokerAt(address), (broker) => broker.request(message, body))

  const find: GroupCoordinator["find"] = Effect.gen(function* () {
    let failure: ClientFailure | undefined
    for (const address of cluster.sources()) {
      const body = { key: groupId, keyType: groupKeyType, coordinatorKeys: [groupId] }
      const said = yield* Effect.result(request(address, FindCoordinator, body))
      if (Result.isFailure(said)) {
        failure ??= said.failure
        continue
      }
      const { errorCode, host, port } = said.success.coordinators[0] ?? said.success
      return errorCode === ErrorCode.NONE
        ? ({ _tag: "Found", coordinator: { host, port } } as const)
        : ({ _tag: "Refused", errorCode, memberId: "" } as const)
    }
    return { _tag: "Failed", failure: failure ?? nowhere } as const
  })

  const invalid = (cause: { readonly message: string }): ClientFailure =>
    new ClientFailure({
      reason: "Invalid",
      broker: "",
      message: `The group ${groupId} cannot be written: ${cause.message}`,
      cause
    })

  const join = Effect.fnUntraced(function* (
    topics: ReadonlyArray<string>,
    question: Extract<MemberQuestion, { readonly _tag: "Join" }>
  ): Effect.fn.Return<MemberAnswer, ClientFailure> {
    const { coordinator, memberId, owned, ownedSince } = question
    const metadata = encodeSubscription({ topics, owned, generation: ownedSince })
    if (Result.isFailure(metadata)) return yield* invalid(metadata.failure)
    const answer = yield* hold(coordinator, JoinGroup, {
      groupId,
      sessionTimeoutMs: options.sessionTimeoutMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs,
      memberId,
      protocolType: consumerProtocolType,
      protocols: [{ name: stickyAssignorName, metadata: metadata.success }]
    })
    const refused = (errorCode: number): MemberAnswer => ({ _tag: "Refused", errorCode, memberId: answer.memberId })
    if (answer.errorCode !== ErrorCode.NONE) return refused(answer.errorCode)
    const members: Array<Subscriber> = []
    for (const { memberId: id, metadata: bytes } of answer.members) {
      const subscription = decodeSubscription(bytes)
      if (Result.isFailure(subscription)) return refused(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
      members.push({ id, ...subscription.success })
    }
    const leads = answer.leader === answer.memberId
    return { _tag: "Joined", memberId: answer.memberId, generation: answer.generationId, leads, members }
  })

  const sync = Effect.fnUntraced(function* (
    question: Extract<MemberQuestion, { readonly _tag: "Sync" }>
  ): Effect.fn.Return<MemberAnswer, ClientFailure> {
    const { coordinator, generation, memberId, shares } = question
    const assignments: Array<{ readonly memberId: string; readonly assignment: Uint8Array }> = []
    for (const [id, share] of shares) {
      const assignment = encodeAssignment(share)
      if (Result.isFailure(assignment)) return yield* invalid(assignment.failure)
      assignments.push({ memberId: id, assignment: assignment.success })
    }
    const { assignment, errorCode } = yield* hold(coordinator, SyncGroup, {
      groupId,
      generationId: generation,
      memberId,
      protocolType: consumerProtocolType,
      protocolName: stickyAssignorName,
      assignments
    })
    return errorCode === ErrorCode.NONE
      ? { _tag: "Synced", assignment: assignment.slice() }
      : { _tag: "Refused", errorCode, memberId }
  })

  const leave = Effect.fnUntraced(function* (
    question: Extract<MemberQuestion, { readonly _tag: "Leave" }>
  ): Effect.fn.Return<MemberAnswer, ClientFailure> {
    const { coordinator, memberId } = question
    yield* request(coordinator, LeaveGroup, { groupId, memberId, members: [{ memberId }] })
    return { _tag: "Left" }
  })

  const run = (topics: ReadonlyArray<string>, question: MemberQuestion): Effect.Effect<MemberAnswer, ClientFailure> => {
    switch (question._tag) {
      case "Find":
        return find
      case "Join":
        return join(topics, question)
      case "Sync":
        return sync(question)
      case "Leave":
        return leave(question)
    }
  }

  return {
    find,
    ask: (topics, question) =>
      Effect.catch(run(topics, question), (failure) => Effect.succeed<MemberAnswer>({ _tag: "Failed", failure })),
    beat: ({ coordinator, generation, memberId }) =>
      Effect.map(
        request(coordinator, Heartbeat, { groupId, generationId: generation, memberId }),
        ({ errorCode }) => errorCode
      ),
    commit: ({ coordinator, generation, memberId }, offsets) => {
      const topics = [...partitionsByTopic(offsets)].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ offset, partition }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: options.clientId
        }))
      }))
      const body = { groupId, generationIdOrMemberEpoch: generation, memberId, topics }
      return Effect.map(request(coordinator, OffsetCommit, body), (answer) =>
        worst(answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)))
      )
    },
    committed: (coordinator, asked) => {
      const topics = [...partitionsByTopic(asked)].map(([name, partitions]) => ({
        name,
        partitionIndexes: partitions.map(({ partition }) => partition)
      }))
      const body = { groupId, topics, groups: [{ groupId, topics }] }
      return Effect.map(request(coordinator, OffsetFetch, body), (answer) => {
        const told = answer.groups[0] ?? answer
        const partitions = told.topics.flatMap((each) => each.partitions.map((one) => ({ topic: each.name, ...one })))
        const errorCode = worst([told.errorCode, ...partitions.map((one) => one.errorCode)])
        if (errorCode !== ErrorCode.NONE) return errorCode
        return partitions.flatMap(({ committedOffset: offset, partitionIndex: partition, topic }) =>
          offset < 0 ? [] : [{ topic, partition, offset }]
        )
      })
    }
  }
})

const nowhere = new ClientFailure({
  reason: "Unreachable",
  broker: "",
  message: "No broker answered in time: name one that runs."
})
