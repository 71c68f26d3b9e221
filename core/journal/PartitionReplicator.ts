import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { answer, drive, request } from "../machine/index.ts"
import type { Answer, Request } from "../machine/index.ts"
import type { CommitLogError, JournalStoreError } from "../ports/index.ts"
import { JournalError } from "./JournalError.ts"
import { fromStoreError } from "./JournalPorts.ts"
import type { JournalPorts } from "./JournalPorts.ts"
import { logFailure } from "./LogFailure.ts"
import { movedHead } from "./MovedJournal.ts"
import { type PartitionStatus, trackPartition } from "./PartitionStatus.ts"
import { replication, start } from "./Replication.ts"
import type {
  ReplicationAnswer,
  ReplicationInput,
  ReplicationOutput,
  ReplicationRequest,
  StoreRequest
} from "./Replication.ts"
import type { ReplicatorEvent } from "./ReplicatorEvent.ts"
import { meterPartition } from "./ReplicatorMetrics.ts"

const pageBytes = 1024 * 1024
const pollMs = 500
const requestMs = 30_000
const stopMs = 10_000
const backoffMs = 100
const maxBackoffMs = 30_000
const headsKept = 10_000
/** Less than it takes a group to give a partition to another member. */
const fenceMs = 2000

/**
 * What a partition is replicated from and to. `requestsAtOnce` bounds the requests to the store that are under way at once
 * (64), for heads and for writes.
 */
export interface PartitionReplicatorOptions extends JournalPorts {
  readonly requestsAtOnce?: number
}

/** The running replication of a partition. `stop` finishes the batch in hand and then answers, within its deadline. */
export interface Running {
  readonly stop: Effect.Effect<void>
  readonly join: Effect.Effect<never>
  readonly status: () => PartitionStatus
  /** Measures anew what waits, at a time in milliseconds since the epoch. */
  readonly grown: (now: number) => void
}

/**
 * Replicates one partition until the scope closes.
 *
 * **Details**
 *
 * When the scope closes, what is under way is interrupted; `stop` lets the batch in hand be finished before.
 */
export const replicatePartition = (
  { log, requestsAtOnce: lanes = 64, store }: PartitionReplicatorOptions,
  topic: string,
  partition: number,
  tell: (event: ReplicatorEvent) => void
): Effect.Effect<Running, never, Scope> =>
  Effect.gen(function* () {
    const place = { topic, partition }
    const meter = meterPartition(yield* Effect.context<never>(), place)
    const tracker = trackPartition(place, meter)
    /** The time that the machine was told last. */
    let time = 0
    const happens = (event: ReplicatorEvent): void => {
      tracker.happened(event, time)
      tell(event)
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => happens({ _tag: "Released", ...place })))
    const stopped = Deferred.makeUnsafe<void>()
    let lane = 0

    const late = (what: StoreRequest): ReplicationAnswer => ({
      _tag: "StoreFailed",
      request: what,
      error: new JournalError({
        reason: "Unavailable",
        ...place,
        message: `The store has not answered for ${requestMs / 1000} s; check that it is up and reachable.`
      })
    })
    const lateRead = (): ReplicationAnswer => ({
      _tag: "LogFailed",
      failure: {
        _tag: "Retry",
        error: new JournalError({
          reason: "Unavailable",
          ...place,
          message: `The log has not answered for ${requestMs / 1000} s; check that the brokers are up and reachable.`
        })
      }
    })
    const failedStore =
      (what: StoreRequest) =>
      (error: JournalStoreError): ReplicationAnswer => {
        meter.failed("store", error.reason)
        if (error.reason === "Fenced") return { _tag: "Fenced" }
        return { _tag: "StoreFailed", request: what, error: fromStoreError(error, place) }
      }
    const failedRead = (error: CommitLogError): ReplicationAnswer => {
      meter.failed("log", error.reason)
      return { _tag: "LogFailed", failure: logFailure(error, place) }
    }

    const run = (what: ReplicationRequest): Effect.Effect<ReplicationAnswer> => {
      switch (what._tag) {
        case "ReadPointer":
          return Effect.match(store.pointer(topic, partition), {
            onSuccess: (offset): ReplicationAnswer => {
              happens({ _tag: "Resumed", ...place, nextOffset: (offset ?? -1) + 1 })
              return { _tag: "PointerRead", offset }
            },
            onFailure: failedStore(what)
          })
        case "ConfirmPointer":
          return Effect.match(store.pointer(topic, partition), {
            onSuccess: (offset): ReplicationAnswer => ({ _tag: "PointerConfirmed", offset }),
            onFailure: failedStore(what)
          })
        case "ReadHead":
          return Effect.match(store.head({ topic, id: what.id }), {
            onSuccess: (head): ReplicationAnswer => {
              const error = movedHead({ topic, id: what.id }, partition, head)
              return error === undefined
                ? { _tag: "HeadRead", id: what.id, head }
                : { _tag: "StoreFailed", request: what, error }
            },
            onFailure: failedStore(what)
          })
        case "Write": {
          const { line, steps, until } = what
          const write = Effect.match(store.write(steps), {
            onSuccess: (): ReplicationAnswer => ({ _tag: "Written", line }),
            onFailure: failedStore(what)
          })
          if (until === undefined) return write
          const tooLate: ReplicationAnswer = { _tag: "TooLate", line }
          return Clock.clockWith((clock) => (clock.currentTimeMillisUnsafe() > until ? Effect.succeed(tooLate) : write))
        }
        case "ReadLog":
          return log.read({ topic, partition, offset: what.offset, maxBytes: pageBytes, maxWaitMs: pollMs }).pipe(
            Effect.tap((page) => Effect.map(Clock.currentTimeMillis, (now) => tracker.read(page, now))),
            Effect.match({
              onSuccess: (page): ReplicationAnswer => ({ _tag: "LogRead", page }),
              onFailure: failedRead
            })
          )
      }
    }
    const resource = (what: ReplicationRequest): string => {
      if (what._tag === "ReadHead") return `head-${lane++ % lanes}`
      return what._tag === "Write" ? `line-${what.line % lanes}` : what._tag
    }
    const perform = (output: ReplicationOutput): Answer | Request<ReplicationInput> => {
      switch (output._tag) {
        case "Request": {
          const { epoch, request: what } = output
          const answered = (reply: ReplicationAnswer): ReplicationInput => ({ _tag: "Answered", epoch, answer: reply })
          const tooLate = () => {
            meter.failed(what._tag === "ReadLog" ? "log" : "store", "Late")
            return what._tag === "ReadLog" ? lateRead() : late(what)
          }
          return request(resource(what), requestMs, Effect.map(run(what), answered), () => answered(tooLate()))
        }
        case "Stopped":
          return answer(() => Deferred.doneUnsafe(stopped, Effect.void))
        default:
          return answer(() => happens({ ...place, ...output }))
      }
    }
    const driver = yield* drive({
      machine: replication,
      state: start({ ...place, atomic: store.atomic, heads: headsKept, backoffMs, maxBackoffMs, fenceMs }),
      tick: (now): ReplicationInput => {
        time = now
        return { _tag: "Tick", now }
      },
      perform
    })
    yield* driver.offer({ _tag: "Begin" })
    const over = Effect.raceFirst(Deferred.await(stopped), Effect.ignoreCause(driver.join))
    const stop = Effect.andThen(driver.offer({ _tag: "Stop" }), over)
    return {
      stop: Effect.asVoid(Effect.timeoutOption(stop, stopMs)),
      join: driver.join,
      status: tracker.status,
      grown: tracker.grown
    }
  })
