import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import { answer, drive, request } from "../machine/index.ts"
import {
  type Address,
  type ConsumerGroup,
  type ConsumerGroupError,
  type GroupMembership,
  type GroupOwner,
  type PartitionOffset
} from "../ports/index.ts"
import { errorName, ErrorCode, isRetriable } from "../protocol/index.ts"
import type { BrokerNetwork } from "./BrokerConnection.ts"
import { addressName, ClientFailure, mayPass } from "./ClientFailure.ts"
import { makeClusterSession } from "./ClusterSession.ts"
import { defaultFetchConfig } from "./FetchMachine.ts"
import { type Committer, makeGroupCoordinator } from "./GroupCoordinator.ts"
import { groupErrors, type GroupOperation, isFencing } from "./GroupErrors.ts"
import { groupMember } from "./GroupMember.ts"
import {
  type Counts,
  type MemberAnswer,
  type MemberEnd,
  type MemberInput,
  type MemberOutput,
  newMember
} from "./GroupMemberState.ts"
import { defaultMetadataConfig } from "./MetadataMachine.ts"
import type { Sasl } from "./Sasl.ts"
import { pauseAfter } from "./Verdict.ts"

/**
 * Settings of a consumer group; times are in milliseconds.
 *
 * **Details**
 *
 * `bootstrap` are the brokers to ask first, and `sasl` who they are told is asking. `sessionTimeoutMs` (10 000) is how long a member that is not heard keeps its
 * partitions, `heartbeatMs` (1000, or a third of it) how often it is heard; a broker has bounds of its own for the first.
 * `revokeTimeoutMs` (30 000) is how long an owner may take to let go, `discoveryMs` (3000) how often new partitions are
 * looked for. `connectTimeoutMs` (10 000) bounds one connection attempt, `requestTimeoutMs` (10 000) one answer, and a
 * commit as a whole.
 */
export interface GroupClientOptions {
  readonly network: BrokerNetwork
  readonly bootstrap: ReadonlyArray<Address>
  readonly groupId: string
  readonly clientId?: string
  readonly sasl?: Sasl
  readonly sessionTimeoutMs?: number
  readonly heartbeatMs?: number
  readonly revokeTimeoutMs?: number
  readonly discoveryMs?: number
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
}

const backoffMs = 50
const maxBackoffMs = 1000

const make = Effect.fnUntraced(function* (
  options: GroupClientOptions
): Effect.fn.Return<ConsumerGroup, never, Scope.Scope> {
  const { clientId = "odradek", connectTimeoutMs = 10_000, groupId, requestTimeoutMs = 10_000 } = options
  const { discoveryMs = 3000, revokeTimeoutMs = 30_000, sessionTimeoutMs = 10_000 } = options
  const { heartbeatMs = Math.max(1, Math.min(1000, Math.floor(sessionTimeoutMs / 3))) } = options
  const rebalanceTimeoutMs = revokeTimeoutMs + heartbeatMs + requestTimeoutMs
  const settings = {
    network: options.network,
    sasl: options.sasl,
    bootstrap: options.bootstrap,
    clientId,
    connectTimeoutMs,
    requestTimeoutMs,
    metadata: { ...defaultMetadataConfig, maxAgeMs: Math.min(defaultMetadataConfig.maxAgeMs, discoveryMs) },
    fetch: defaultFetchConfig,
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs
  }
  // Connections are opened when they are needed: in a scope of their own they are there for memberships that leave.
  const connections = yield* Scope.fork(yield* Effect.scope)
  const cluster = yield* Scope.provide(makeClusterSession(settings), connections)
  const inquirer = yield* Scope.provide(makeGroupCoordinator(cluster, settings), connections)
  const errors = groupErrors({
    group: groupId,
    brokers: options.bootstrap.map(addressName).join(", "),
    requestTimeoutMs
  })

  /** Repeats an attempt until it is done, or its time is over; an attempt that may pass says why it failed. */
  const persistently = <A>(
    operation: GroupOperation,
    attempt: Effect.Effect<Result.Result<A, string>, ConsumerGroupError>
  ) =>
    Effect.suspend(() => {
      let why: string | undefined
      const attempts = Effect.gen(function* () {
        for (let number = 1; ; number++) {
          const ended = yield* attempt
          if (Result.isSuccess(ended)) return ended.success
          why = ended.failure
          yield* Effect.sleep(pauseAfter(number))
        }
      })
      return Effect.timeoutOrElse(attempts, {
        duration: requestTimeoutMs,
        orElse: () => Effect.fail(errors.late(operation, why))
      })
    })

  /** What a request that has no answer means to a persistent attempt. */
  const unansweredAttempt = (operation: GroupOperation, cause: ClientFailure) =>
    mayPass(cause) ? Effect.succeed(Result.fail(cause.message)) : Effect.fail(errors.unanswered(operation, cause))

  /** What a coordinator's refusal means to a persistent attempt: one that moves or loads may take it later. */
  const refusedAttempt = (operation: GroupOperation, errorCode: number) =>
    isRetriable(errorCode) && errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      ? Effect.succeed(Result.fail(errorName(errorCode)))
      : Effect.fail(errors.refused(operation, errorCode))

  const countOf = (topic: string): Effect.Effect<number | undefined> =>
    Effect.map(cluster.ask({ _tag: "Partitions", topic, create: false }), (said) => {
      if (said._tag === "Partitions") return said.count
      // A topic that does not exist has no partitions; whatever else is wrong will pass, or the next count will find it.
      const missing = said._tag === "Unusable" && said.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return missing ? 0 : undefined
    })

  const countAll = (topics: ReadonlyArray<string>): Effect.Effect<Counts | undefined> =>
    Effect.map(
      Effect.forEach(topics, (topic) => Effect.map(countOf(topic), (count) => [topic, count] as const), {
        concurrency: "unbounded"
      }),
      (counts) => {
        const known = new Map<string, number>()
        for (const [topic, count] of counts) {
          if (count === undefined) return undefined
          if (count > 0) known.set(topic, count)
        }
        return known
      }
    )

  const join = Effect.fnUntraced(function* (
    topics: ReadonlyArray<string>,
    tell: GroupOwner
  ): Effect.fn.Return<GroupMembership, never, Scope.Scope> {
    const own = yield* Scope.fork(yield* Effect.scope)
    const coordinator = yield* Scope.provide(makeGroupCoordinator(cluster, settings), own)
    const ended = Deferred.makeUnsafe<MemberEnd>()
    const late = new ClientFailure({
      reason: "TimedOut",
      broker: "",
      message: `The coordinator of group ${groupId} did not answer in time: see whether it is overloaded.`
    })
    let cut = Deferred.makeUnsafe<void>()
    let waiting: ConsumerGroupError | undefined
    let warned = false

    /** Why an answer keeps this member out of the group for now. */
    const obstacle = (said: MemberAnswer): ConsumerGroupError | undefined => {
      if (said._tag === "Failed" && mayPass(said.failure)) return errors.waiting(said.failure.message, said.failure)
      const passes = said._tag === "Refused" && isRetriable(said.errorCode)
      if (!passes || said.errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return undefined
      return errors.waiting(`it is not ready (${errorName(said.errorCode)}), and is asked again.`)
    }
    /** The coordinator keeps this member's place. */
    const goesOn: Effect.Effect<void> = Effect.suspend(() => {
      if (waiting === undefined) return Effect.void
      waiting = undefined
      if (!warned) return Effect.void
      warned = false
      return Effect.logInfo(`Group ${groupId} has its coordinator again.`)
    })
    /** Says once that the group cannot be reached, and once that it can be again. */
    const note = (said: MemberAnswer): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (said._tag === "Synced") return goesOn
        const error = obstacle(said)
        if (error === undefined) return Effect.void
        waiting = error
        if (warned) return Effect.logDebug(error.message)
        warned = true
        return Effect.logWarning(error.message)
      })

    const perform = (output: MemberOutput) => {
      switch (output._tag) {
        case "Ask": {
          const { question, turn } = output
          const held = question._tag === "Join" || question._tag === "Sync"
          const answered = (said: MemberAnswer): MemberInput => ({ _tag: "Answered", turn, answer: said })
          return request<MemberInput>(
            undefined,
            connectTimeoutMs + 2 * requestTimeoutMs + (held ? rebalanceTimeoutMs : 0),
            Effect.map(
              Effect.tap(coordinator.ask(topics, question), question._tag === "Leave" ? () => Effect.void : note),
              answered
            ),
            () => {
              if (question._tag !== "Leave") waiting = errors.waiting(late.message, late)
              return answered({ _tag: "Failed", failure: late })
            }
          )
        }
        case "Count": {
          const { generation } = output
          const counted = (counts: Counts | undefined): MemberInput => ({ _tag: "Counted", generation, counts })
          return request(undefined, requestTimeoutMs, Effect.map(countAll(output.topics), counted), () =>
            counted(undefined)
          )
        }
        case "Beat": {
          const { generation, sentAt } = output
          const beaten = (said: { readonly errorCode: number } | { readonly failure: ClientFailure }): MemberInput => ({
            _tag: "Beaten",
            generation,
            sentAt,
            answer: said
          })
          return request(
            undefined,
            Math.min(requestTimeoutMs, sessionTimeoutMs),
            Effect.match(
              Effect.tap(coordinator.beat(output), (errorCode) =>
                errorCode === ErrorCode.NONE ? goesOn : Effect.void
              ),
              {
                onSuccess: (errorCode) => beaten({ errorCode }),
                onFailure: (reason) => beaten({ failure: reason })
              }
            ),
            () => beaten({ failure: late })
          )
        }
        case "Tell": {
          const { event, revocation } = output
          const told = (inTime: boolean): MemberInput => ({ _tag: "Told", revocation, inTime })
          const heard = Effect.as(
            Effect.suspend(() => tell(event)),
            told(true)
          )
          if (event._tag === "Lost") {
            Deferred.doneUnsafe(cut, Effect.void)
            waiting ??= errors.waiting("the partitions that this member had are lost to it, and it joins anew.")
          }
          if (event._tag !== "Revoked") return request("owner", revokeTimeoutMs, heard, () => told(false))
          const ending = (cut = Deferred.makeUnsafe<void>())
          const until = Effect.as(Deferred.await(ending), told(false))
          return request("owner", revokeTimeoutMs, Effect.raceFirst(heard, until), () => told(false))
        }
        case "Ended":
          return answer(() => Deferred.doneUnsafe(ended, Effect.succeed(output.end)))
      }
    }
    const driver = yield* drive({
      machine: groupMember,
      state: newMember({ topics, sessionTimeoutMs, heartbeatMs, discoveryMs, backoffMs, maxBackoffMs }),
      tick: (now): MemberInput => ({ _tag: "Tick", now }),
      perform
    })
    yield* Effect.addFinalizer(() =>
      driver
        .offer({ _tag: "Leave" })
        .pipe(
          Effect.andThen(Effect.raceFirst(Effect.asVoid(Deferred.await(ended)), Effect.ignoreCause(driver.join))),
          Effect.timeoutOption(revokeTimeoutMs + requestTimeoutMs)
        )
    )
    yield* driver.offer({ _tag: "Start" })

    const committer = (
      offsets: ReadonlyArray<TopicPartition>
    ): Effect.Effect<Result.Result<Committer, string>, ConsumerGroupError> =>
      Effect.suspend(() => {
        const { coordinator: address, generation, memberId, owned } = driver.state()
        const foreign = offsets.map(topicPartitionName).find((name) => !owned.has(name))
        if (foreign !== undefined) return Effect.fail(errors.fenced(`${foreign} is not this member's`))
        return Effect.succeed(
          address === undefined
            ? Result.fail("the coordinator is not known")
            : Result.succeed({ coordinator: address, generation, memberId })
        )
      })
    const commitOnce = (offsets: ReadonlyArray<PartitionOffset>) =>
      Effect.gen(function* () {
        const by = yield* committer(offsets)
        if (Result.isFailure(by)) return Result.fail(by.failure)
        const said = yield* Effect.result(coordinator.commit(by.success, offsets))
        if (Result.isFailure(said)) return yield* unansweredAttempt("commit", said.failure)
        const errorCode = said.success
        if (errorCode === ErrorCode.NONE) return Result.succeed(undefined)
        const { generation } = by.success
        const fences = isFencing(errorCode)
        const overtaken = fences && (driver.state().generation !== generation || !driver.state().synced)
        if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS || overtaken) return yield* errors.rebalancing
        if (fences) {
          yield* driver.offer({ _tag: "CommitRefused", generation, errorCode })
          return yield* errors.fenced(`this member is no longer in group ${groupId} (${errorName(errorCode)})`)
        }
        return yield* refusedAttempt("commit", errorCode)
      })

    const out = Effect.flatMap(Deferred.await(ended), (end): Effect.Effect<never, ConsumerGroupError> => {
      switch (end._tag) {
        case "Left":
          return Effect.never
        case "Refused":
          return Effect.fail(errors.refused("join", end.errorCode))
        case "Failed":
          return Effect.fail(errors.unanswered("join", end.failure))
      }
    })
    return {
      commit: (offsets) =>
        offsets.length === 0
          ? Effect.void
          : persistently(
              "commit",
              Effect.suspend(() => commitOnce(offsets))
            ),
      ended: Effect.raceFirst(out, driver.join),
      waiting: () => waiting
    }
  })

  return {
    id: groupId,
    join,
    committed: (partitions) =>
      persistently(
        "committed",
        Effect.gen(function* () {
          const found = yield* inquirer.find
          if (found._tag === "Failed") return yield* unansweredAttempt("committed", found.failure)
          if (found._tag === "Refused") return yield* refusedAttempt("committed", found.errorCode)
          const said = yield* Effect.result(inquirer.committed(found.coordinator, partitions))
          if (Result.isFailure(said)) return yield* unansweredAttempt("committed", said.failure)
          return typeof said.success === "number"
            ? yield* refusedAttempt("committed", said.success)
            : Result.succeed(said.success)
        })
      )
  }
})

/**
 * Makes consumer groups on Apache Kafka, or whatever speaks its protocol.
 *
 * **Details**
 *
 * Nothing is connected before the first operation. A membership is the scope's in which it joined, and connections are
 * closed with the group's.
 *
 * **Example**
 *
 * ```ts
 * const bootstrap = yield* brokerAddresses(["localhost:9092"])
 * const group = yield* GroupClient.make({ network: TcpNetwork, bootstrap, groupId: "replicator" })
 * const membership = yield* group.join(["orders"], (event) => Effect.log(event._tag))
 * ```
 */
export const GroupClient = { make } as const
