import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import { type Decompress, isTopicName, noDecompress, wrongTopicName } from "../log/index.ts"
import { type Address, CommitLogError, type LogPage, type ReadRequest } from "../ports/index.ts"
import { DescribeConfigs, errorName, ErrorCode, ListOffsets } from "../protocol/index.ts"
import type { BrokerNetwork } from "./BrokerConnection.ts"
import { addressName, type ClientFailure } from "./ClientFailure.ts"
import { type ClusterSession, makeClusterSession } from "./ClusterSession.ts"
import { defaultFetchConfig } from "./FetchMachine.ts"
import { defaultMetadataConfig, type MetadataAnswer, type MetadataQuestion } from "./MetadataMachine.ts"
import { decodePage, type FetchedPartition } from "./PageDecoder.ts"
import type { Sasl } from "./Sasl.ts"
import { judgeCode, judgeFailure, judgeTopicCode, pauseAfter, type Verdict } from "./Verdict.ts"

/**
 * Settings of a client; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `bootstrap` are the brokers to ask first, in order, and `sasl` who they are told is asking. `connectTimeoutMs` (10 000) bounds one connection attempt,
 * `requestTimeoutMs` (30 000) one answer and each operation as a whole, beyond the wait that a read allows itself.
 * `decompress` expands compressed batches, none unless given, to at most `maxBatchBytes` (128 MiB) each.
 * `maxInFlightBytes` (64 MiB) bounds what the answers under way from one broker may take.
 */
export interface KafkaClientOptions {
  readonly network: BrokerNetwork
  readonly bootstrap: ReadonlyArray<Address>
  readonly clientId?: string
  readonly sasl?: Sasl
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly decompress?: Decompress
  readonly maxBatchBytes?: number
  readonly maxInFlightBytes?: number
}

/** Which end of a log: the first offset that it still has, or the one after the last that a committed read can see. */
export type LogEnd = "earliest" | "latest"

/** Where a partition's leader is reached, and the number of the load of metadata that says so. */
export interface PartitionLeader {
  readonly address: Address
  readonly load: number
}

/**
 * Reads from a Kafka cluster without a consumer group.
 *
 * **Details**
 *
 * A process has at most two connections to a broker, whatever the number of concurrent reads: one for requests that are
 * answered at once, one for reads that wait; reads that wait never hold others up. Leaders that move and connections that
 * break are looked after until an operation's deadline. Nothing but `partitions` with `create` ever creates a topic.
 * `leader` is for those who write: it asks anew when what is known is no newer than the load that proved wrong (0 for
 * none). `partitions` knows of partitions that were added a second later; while no broker answers, it goes by what it knew
 * before. `setting` is a topic's, by Kafka's name, `undefined` where the brokers show none.
 */
export interface KafkaClient {
  readonly read: (request: ReadRequest) => Effect.Effect<LogPage, CommitLogError>
  readonly partitions: (topic: string, options?: { readonly create: boolean }) => Effect.Effect<number, CommitLogError>
  readonly topics: Effect.Effect<ReadonlyArray<string>, CommitLogError>
  readonly listOffset: (topic: string, partition: number, end: LogEnd) => Effect.Effect<number, CommitLogError>
  readonly leader: (
    topic: string,
    partition: number,
    newerThan: number
  ) => Effect.Effect<PartitionLeader, CommitLogError>
  readonly setting: (topic: string, name: string) => Effect.Effect<string | undefined, CommitLogError>
}

interface Place {
  readonly operation: CommitLogError["operation"]
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
}

const where = ({ offset, partition, topic }: Place): string => {
  if (topic === undefined) return "the cluster"
  if (partition === undefined) return `topic ${topic}`
  return offset === undefined ? `${topic}-${partition}` : `offset ${offset} of ${topic}-${partition}`
}

const failAt = (
  place: Place,
  reason: CommitLogError["reason"],
  message: string,
  more: { readonly cause?: unknown; readonly logStart?: number } = {}
): CommitLogError => new CommitLogError({ ...place, ...more, reason, message })

const missing = (place: Place): CommitLogError => {
  const what = place.partition === undefined ? `Topic ${place.topic}` : `Partition ${place.topic}-${place.partition}`
  return failAt(place, "UnknownTopic", `${what} does not exist on this cluster: create it, or use another name.`)
}

const refusedWith = (place: Place, reason: CommitLogError["reason"], errorCode: number): CommitLogError => {
  if (reason === "UnknownTopic") return missing(place)
  const code = errorName(errorCode)
  if (reason === "Unauthorized") {
    return failAt(place, reason, `The broker does not let us read ${where(place)} (${code}): ask for the right to.`)
  }
  return failAt(place, reason, `The broker cannot serve ${where(place)} (${code}): see the broker's own log.`)
}

/** What DescribeConfigs calls a topic. */
const topicResource = 2

/** How old a number of partitions may be: who looks for added ones does so every few seconds. */
const partitionsMaxAgeMs = 1000

/** How long a number of partitions that is too old waits for a newer one. */
const renewTimeoutMs = 1000

const timestampOf: Readonly<Record<LogEnd, number>> = { latest: -1, earliest: -2 }

/** How one attempt at an operation ended when it may be repeated; `load` is the metadata that proved wrong. */
interface Again {
  readonly _tag: "Again"
  readonly load: number
  readonly why: string
}

type Attempt<A> = Effect.Effect<{ readonly _tag: "Done"; readonly value: A } | Again, CommitLogError>

const done = <A>(value: A) => ({ _tag: "Done", value }) as const

const make = Effect.fnUntraced(function* (options: KafkaClientOptions): Effect.fn.Return<KafkaClient, never, Scope> {
  const { decompress = noDecompress, maxBatchBytes = 128 * 1024 * 1024, requestTimeoutMs = 30_000 } = options
  const { maxInFlightBytes = defaultFetchConfig.maxBytes } = options
  const cluster: ClusterSession = yield* makeClusterSession({
    network: options.network,
    sasl: options.sasl,
    bootstrap: options.bootstrap,
    clientId: options.clientId ?? "odradek",
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    requestTimeoutMs,
    metadata: defaultMetadataConfig,
    fetch: { ...defaultFetchConfig, maxBytes: maxInFlightBytes }
  })
  const brokers = options.bootstrap.map(addressName).join(", ")

  const unreachable = (place: Place, cause: ClientFailure | undefined): CommitLogError =>
    failAt(
      place,
      "Unreachable",
      cause?.reason === "Unwelcome"
        ? cause.message
        : `No broker answers at ${brokers}: start one with \`odradek broker\`, or name another with --brokers.`,
      cause === undefined ? {} : { cause }
    )
  const unanswered = (place: Place, failure: ClientFailure): CommitLogError => {
    const verdict = judgeFailure(failure)
    return verdict._tag === "Retry"
      ? unreachable(place, failure)
      : failAt(place, verdict.reason, failure.message, { cause: failure })
  }

  /** Gives an operation its deadline, and a reason when it passes. */
  const within = <A>(
    place: Place,
    timeoutMs: number,
    operation: (late: (why: string) => void) => Effect.Effect<A, CommitLogError>
  ) =>
    Effect.suspend(() => {
      const { topic } = place
      if (topic !== undefined && !isTopicName(topic))
        return Effect.fail(failAt(place, "Refused", wrongTopicName(topic)))
      let last: string | undefined
      return Effect.timeoutOrElse(
        operation((why) => {
          last = why
        }),
        {
          duration: timeoutMs,
          orElse: () => {
            const failure = cluster.lastFailure()
            if (failure !== undefined) return Effect.fail(unreachable(place, failure))
            const why = last === undefined ? "no answer came" : last
            const message = `Nothing was read from ${where(place)} within ${timeoutMs} ms (${why}): try again later.`
            return Effect.fail(failAt(place, "Unreachable", message))
          }
        }
      )
    })

  const ask = <Tag extends MetadataAnswer["_tag"]>(place: Place, question: MetadataQuestion & { readonly _tag: Tag }) =>
    Effect.flatMap(
      cluster.ask(question),
      (answer): Effect.Effect<Extract<MetadataAnswer, { readonly _tag: Tag }>, CommitLogError> => {
        if (answer._tag === "Failed") return Effect.fail(unanswered(place, answer.failure))
        if (answer._tag !== "Unusable") {
          return Effect.succeed(answer as Extract<MetadataAnswer, { readonly _tag: Tag }>)
        }
        const verdict = judgeTopicCode(answer.errorCode)
        const reason = verdict._tag === "Fail" ? verdict.reason : "Damaged"
        return Effect.fail(refusedWith(place, reason, answer.errorCode))
      }
    )

  /** Repeats an attempt at a partition's leader until it is done, with a pause and fresh metadata in between. */
  const atLeader = <A>(
    place: Place & { readonly topic: string; readonly partition: number },
    timeoutMs: number,
    attempt: (leader: Extract<MetadataAnswer, { readonly _tag: "Leader" }>) => Attempt<A>
  ): Effect.Effect<A, CommitLogError> =>
    within(
      place,
      timeoutMs,
      Effect.fnUntraced(function* (late) {
        const { partition, topic } = place
        let newerThan = 0
        for (let count = 1; ; count++) {
          const leader = yield* ask(place, { _tag: "Leader", topic, partition, newerThan })
          const ended = yield* attempt(leader)
          if (ended._tag === "Done") return ended.value
          late(ended.why)
          newerThan = ended.load
          yield* Effect.sleep(pauseAfter(count))
        }
      })
    )

  /** What a verdict means for an attempt. */
  const conclude = (
    verdict: Verdict,
    load: number,
    why: string,
    failed: (reason: CommitLogError["reason"]) => CommitLogError
  ): Effect.Effect<Again, CommitLogError> =>
    verdict._tag === "Retry" ? Effect.succeed({ _tag: "Again", load, why }) : Effect.fail(failed(verdict.reason))

  const offsetAt = (place: Place & { readonly topic: string; readonly partition: number }, end: LogEnd) =>
    atLeader(place, requestTimeoutMs, ({ address, load }): Attempt<number> => {
      const { partition, topic } = place
      const body = {
        isolationLevel: 1,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: timestampOf[end] }] }]
      }
      return Effect.flatMap(cluster.brokerAt(address), (broker) => broker.request(ListOffsets, body)).pipe(
        Effect.result,
        Effect.flatMap((result): Attempt<number> => {
          if (Result.isFailure(result)) {
            const failure = result.failure
            return conclude(judgeFailure(failure), load, failure.message, () => unanswered(place, failure))
          }
          const told = result.success.topics.find(({ name }) => name === topic)
          const found = told?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
          const errorCode = found?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
          if (errorCode === ErrorCode.NONE && found !== undefined) return Effect.succeed(done(found.offset))
          return conclude(judgeCode(errorCode), load, errorName(errorCode), (reason) =>
            refusedWith(place, reason, errorCode)
          )
        })
      )
    })

  const outOfRange = (place: Place & { readonly topic: string; readonly partition: number; readonly offset: number }) =>
    Effect.gen(function* () {
      const { offset, operation, partition, topic } = place
      const logStart = yield* offsetAt({ operation, topic, partition }, "earliest")
      const message =
        offset < logStart
          ? `Offset ${offset} of ${topic}-${partition} is gone, the log begins at ${logStart}: read from there on.`
          : `Offset ${offset} is beyond the end of ${topic}-${partition}: choose a position in the log.`
      return yield* failAt(place, "OffsetOutOfRange", message, offset < logStart ? { logStart } : {})
    })

  const pageOf = (place: Place & { readonly offset: number }, fetched: FetchedPartition) => {
    const page = decodePage(fetched, place.offset, { decompress, maxBytes: maxBatchBytes })
    if (Result.isSuccess(page)) return Effect.succeed(page.success)
    const message = `What the broker sent for ${where(place)} cannot be decoded: ${page.failure.message}`
    return Effect.fail(failAt(place, "Damaged", message, { cause: page.failure }))
  }

  const read = (request: ReadRequest): Effect.Effect<LogPage, CommitLogError> =>
    Effect.flatMap(Clock.currentTimeMillis, (start) => {
      const { maxBytes, maxWaitMs, offset, partition, topic } = request
      const place = { operation: "read", topic, partition, offset } as const
      const until = start + maxWaitMs
      return atLeader(
        place,
        requestTimeoutMs + maxWaitMs,
        Effect.fnUntraced(function* ({ address, load }) {
          const broker = yield* cluster.brokerAt(address)
          const left = maxWaitMs === 0 ? 0 : Math.max(0, until - (yield* Clock.currentTimeMillis))
          const result = yield* Effect.result(broker.fetch({ topic, partition, offset, maxBytes, maxWaitMs: left }))
          if (Result.isFailure(result)) {
            const failure = result.failure
            return yield* conclude(judgeFailure(failure), load, failure.message, () => unanswered(place, failure))
          }
          const { errorCode } = result.success
          if (errorCode === ErrorCode.NONE) return done(yield* pageOf(place, result.success))
          if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return yield* outOfRange(place)
          return yield* conclude(judgeCode(errorCode), load, errorName(errorCode), (reason) =>
            refusedWith(place, reason, errorCode)
          )
        })
      )
    })

  const setting = (topic: string, name: string): Effect.Effect<string | undefined, CommitLogError> => {
    const place = { operation: "topics", topic } as const
    const body = {
      resources: [{ resourceType: topicResource, resourceName: topic, configurationKeys: [name] }]
    }
    const asked = Effect.gen(function* () {
      let last: ClientFailure | undefined
      for (const address of cluster.sources()) {
        const broker = yield* cluster.brokerAt(address)
        const answer = yield* Effect.result(broker.request(DescribeConfigs, body))
        if (Result.isSuccess(answer)) return answer.success.results[0]
        last = answer.failure
      }
      return yield* Effect.fail(last === undefined ? unreachable(place, undefined) : unanswered(place, last))
    })
    return within(place, requestTimeoutMs, () =>
      Effect.flatMap(asked, (result) => {
        const errorCode = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
        if (errorCode === ErrorCode.NONE) {
          return Effect.succeed(result?.configs.find((each) => each.name === name)?.value ?? undefined)
        }
        const verdict = judgeTopicCode(errorCode)
        return Effect.fail(refusedWith(place, verdict._tag === "Fail" ? verdict.reason : "Refused", errorCode))
      })
    )
  }

  return {
    read,
    partitions: (topic, { create } = { create: false }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const question = { _tag: "Partitions", topic, create, maxAgeMs: partitionsMaxAgeMs } as const
        const known = cluster.recall(now, question)
        if (known?._tag === "Partitions") return Effect.succeed(known.count)
        const place = { operation: "topics", topic } as const
        const renewed = (timeoutMs: number) =>
          within(place, timeoutMs, () => Effect.map(ask(place, question), ({ count }) => count))
        const old = cluster.recall(now, { _tag: "Partitions", topic, create })
        if (old?._tag !== "Partitions") return renewed(requestTimeoutMs)
        return Effect.catch(renewed(Math.min(requestTimeoutMs, renewTimeoutMs)), (error) =>
          error.reason === "Unreachable" ? Effect.succeed(old.count) : Effect.fail(error)
        )
      }),
    topics: within({ operation: "topics" }, requestTimeoutMs, () =>
      Effect.map(ask({ operation: "topics" }, { _tag: "Topics" }), ({ names }) => names)
    ),
    listOffset: (topic, partition, end) => offsetAt({ operation: "topics", topic, partition }, end),
    leader: (topic, partition, newerThan) => {
      const place = { operation: "topics", topic, partition } as const
      return within(place, requestTimeoutMs, () => ask(place, { _tag: "Leader", topic, partition, newerThan }))
    },
    setting
  }
})

/** Makes clients that read without a consumer group; connections are opened at first use and closed with the scope. */
export const KafkaClient = { make } as const
