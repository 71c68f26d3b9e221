import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import { connectAdmin, type KafkaAdmin, parseAddress } from "../../../../core/client/index.ts"
import { checkBelonging } from "../../../../core/journal/index.ts"
import type { CommitLog, JournalStore, LogPage } from "../../../../core/ports/index.ts"
import type { OpenedAccess } from "../../BrokerAccess.ts"
import { firstPoison } from "./Poison.ts"
import { lagOf, type PartitionState } from "./ReplicationChecks.ts"
import type { ReadPartition } from "./TopicChecks.ts"
import { durationText } from "./Words.ts"

/** How many partitions, or brokers, are looked at together. */
export const parallel = 8

/** How much is read of what waits in a partition, in bytes. */
const pageBytes = 64 * 1024

/** How often the pointers are looked at while they are watched, in milliseconds. */
const watchEveryMs = 100

/** Gives a probe its deadline; why it fails is a sentence, which names whom it asked where that is told. */
export const within = <A, E extends { readonly message: string }, R>(
  deadlineMs: number,
  probe: Effect.Effect<A, E, R>,
  asked?: string
): Effect.Effect<Result.Result<A, string>, never, R> =>
  probe.pipe(
    Effect.mapError(({ message }) => message),
    Effect.timeoutOrElse({
      duration: deadlineMs,
      orElse: () =>
        Effect.fail(
          `No answer came${asked === undefined ? "" : ` from ${asked}`} within ${durationText(deadlineMs)}: check its address, that it is up, and whether it is busy.`
        )
    }),
    Effect.result
  )

/** A broker that has answered, and how long that took in milliseconds. */
export interface ReachedBroker {
  readonly admin: KafkaAdmin
  readonly ms: number
}

/** Why a broker was not reached, in a sentence, and whether it is there nevertheless. */
export interface UnreachedBroker {
  readonly message: string
  readonly isThere: boolean
}

/** Connects to a broker, agrees with it on versions and says who is asking. */
export const reach = (
  { network, sasl }: OpenedAccess,
  text: string,
  deadlineMs: number
): Effect.Effect<Result.Result<ReachedBroker, UnreachedBroker>, never, Scope> =>
  Effect.gen(function* () {
    const address = parseAddress(text)
    if (address === undefined) {
      return Result.fail({ message: `"${text}" is no broker's address: write HOST:PORT.`, isThere: false })
    }
    let isThere = false
    const started = yield* Clock.currentTimeMillis
    const timeouts = { connectTimeoutMs: deadlineMs, requestTimeoutMs: deadlineMs }
    const connected = connectAdmin({ network, sasl, address, clientId: "odradek-doctor", ...timeouts })
    const admin = yield* within(
      deadlineMs,
      Effect.tapError(connected, ({ reason }) =>
        Effect.sync(() => {
          isThere = reason !== "Unreachable" && reason !== "TimedOut"
        })
      ),
      text
    )
    const ms = (yield* Clock.currentTimeMillis) - started
    if (Result.isFailure(admin)) return Result.fail({ message: admin.failure, isThere })
    return Result.succeed({ admin: admin.success, ms })
  })

/** What the ends of a partition show; `newest` is the time stamp of its last record. */
export type Ends = ReadPartition & { readonly newest?: number | undefined }

/** Reads a partition where its log begins, and where it ends. */
export const readEnds = Effect.fnUntraced(function* (
  log: CommitLog,
  topic: string,
  partition: number,
  deadlineMs: number
): Effect.fn.Return<Ends> {
  const readAt = (offset: number): Effect.Effect<LogPage, { readonly message: string }> =>
    log.read({ topic, partition, offset, maxBytes: 1, maxWaitMs: 0 })
  const first = Effect.catch(log.read({ topic, partition, offset: 0, maxBytes: 1, maxWaitMs: 0 }), (error) =>
    error.logStart === undefined ? Effect.fail(error) : readAt(error.logStart)
  )
  const ends = Effect.gen(function* () {
    const { logStart, stableEnd: end } = yield* first
    yield* readAt(end)
    const last = end > logStart ? yield* readAt(end - 1) : undefined
    return { partition, logStart, end, newest: last?.records.at(-1)?.timestamp }
  })
  const result = yield* within(deadlineMs, ends)
  return Result.isSuccess(result) ? result.success : { partition, failure: result.failure }
})

type Readable = Extract<Ends, { readonly end: number }>

/** Where a partition stands in the store, and what waits first; of a log that has gone on with the store since, the end now. */
const partitionState = Effect.fnUntraced(function* (
  log: CommitLog,
  store: JournalStore,
  topic: string,
  ends: Readable
) {
  const { logStart, partition } = ends
  const pointer = yield* store.pointer(topic, partition)
  const isFurther = pointer !== undefined && pointer >= ends.end
  const end = isFurther
    ? (yield* log.read({ topic, partition, offset: ends.end, maxBytes: 1, maxWaitMs: 0 })).stableEnd
    : ends.end
  const state: PartitionState = {
    partition,
    logStart,
    end,
    pointer,
    later: pointer,
    oldest: undefined,
    poison: undefined,
    belonging: yield* checkBelonging({ log, store, topic, partition })
  }
  if (lagOf(state) === 0) return state
  const offset = Math.max((pointer ?? -1) + 1, logStart)
  const page = yield* log.read({ topic, partition, offset, maxBytes: pageBytes, maxWaitMs: 0 })
  return { ...state, oldest: page.records[0]?.timestamp, poison: firstPoison(page.records) }
})

/** Where the readable partitions of a topic stand. */
export const partitionStates = (
  log: CommitLog,
  store: JournalStore,
  topic: string,
  partitions: ReadonlyArray<Readable>,
  deadlineMs: number
): Effect.Effect<Result.Result<ReadonlyArray<PartitionState>, string>> =>
  within(
    deadlineMs,
    Effect.forEach(partitions, (ends) => partitionState(log, store, topic, ends), { concurrency: parallel })
  )

/** Looks at the pointers of what waits until all of them have moved, or the time is over. */
export const watchPointers = Effect.fnUntraced(function* (
  store: JournalStore,
  topic: string,
  states: ReadonlyArray<PartitionState>,
  watchMs: number
) {
  let found = states
  const isStill = (state: PartitionState): boolean =>
    lagOf(state) > 0 && state.poison === undefined && state.belonging._tag !== "Other" && state.later === state.pointer
  for (let passed = 0; passed < watchMs && found.some(isStill); passed += watchEveryMs) {
    yield* Effect.sleep(watchEveryMs)
    found = yield* Effect.forEach(found, (state) =>
      isStill(state)
        ? Effect.map(store.pointer(topic, state.partition), (later): PartitionState => ({ ...state, later }))
        : Effect.succeed(state)
    )
  }
  return found
})
