import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Scope } from "effect/Scope"
import { answer, drive, request } from "../machine/index.ts"
import type { Answer, Request } from "../machine/index.ts"
import type { CommitLogError, JournalStoreError } from "../ports/index.ts"
import { JournalError } from "./JournalError.ts"
import { fromStoreError } from "./JournalPorts.ts"
import type { JournalPorts } from "./JournalPorts.ts"
import { fromLogError, logFailure } from "./LogFailure.ts"
import { replication, start } from "./Replication.ts"
import type {
  ReplicationAnswer,
  ReplicationInput,
  ReplicationOutput,
  ReplicationRequest,
  StoreRequest
} from "./Replication.ts"

/**
 * What happens in a replicator.
 *
 * - `Replicated`: everything below `nextOffset` is in the store; `logEnd` is where the log ended when it was read, and
 *   `since` the time stamp of the batch's first record, in milliseconds since the epoch
 * - `Conflicted`: an event lost its number to an earlier record and is left out
 * - `Stalled`: the partition waits until `retryAt`, because of this error; the others go on
 */
export type ReplicatorEvent = { readonly topic: string; readonly partition: number } & Extract<
  ReplicationOutput,
  { readonly _tag: "Replicated" | "Conflicted" | "Stalled" }
>

/**
 * What to replicate.
 *
 * **Details**
 *
 * A topic that does not exist yet is waited for, and partitions that are added later are taken up: they are looked for
 * every `discoveryMs` milliseconds (3000), and more often while a topic is missing. `onEvent` is called as things happen and must not block.
 */
export interface ReplicatorOptions extends JournalPorts {
  readonly topics: ReadonlyArray<string>
  readonly discoveryMs?: number
  readonly onEvent?: (event: ReplicatorEvent) => void
}

/** A running replicator. `stop` finishes the batches in hand and then answers, within its deadline. */
export interface Replicator {
  readonly stop: Effect.Effect<void>
  /** Never succeeds; fails with the defect that ended a partition. */
  readonly join: Effect.Effect<never>
}

const pageBytes = 1024 * 1024
const pollMs = 500
const requestMs = 30_000
const missingMs = 250
const stopMs = 10_000
const backoffMs = 100
const maxBackoffMs = 30_000
const headsKept = 10_000
/** Requests to the store that are under way at once, for heads and for writes. */
const lanes = 16

interface Running {
  readonly stop: Effect.Effect<void>
  readonly join: Effect.Effect<never>
}

const replicatePartition = (
  { log, store }: JournalPorts,
  topic: string,
  partition: number,
  tell: (event: ReplicatorEvent) => void
): Effect.Effect<Running, never, Scope> =>
  Effect.gen(function* () {
    const place = { topic, partition }
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
    const lateRead: ReplicationAnswer = {
      _tag: "LogFailed",
      failure: {
        _tag: "Retry",
        error: new JournalError({
          reason: "Unavailable",
          ...place,
          message: `The log has not answered for ${requestMs / 1000} s; check that the brokers are up and reachable.`
        })
      }
    }
    const failedStore =
      (what: StoreRequest) =>
      (error: JournalStoreError): ReplicationAnswer =>
        error.reason === "Fenced"
          ? { _tag: "Fenced" }
          : { _tag: "StoreFailed", request: what, error: fromStoreError(error, place) }
    const failedRead = (error: CommitLogError): ReplicationAnswer => ({
      _tag: "LogFailed",
      failure: logFailure(error, place)
    })

    const run = (what: ReplicationRequest): Effect.Effect<ReplicationAnswer> => {
      switch (what._tag) {
        case "ReadPointer":
          return Effect.match(store.pointer(topic, partition), {
            onSuccess: (offset): ReplicationAnswer => ({ _tag: "PointerRead", offset }),
            onFailure: failedStore(what)
          })
        case "ReadHead":
          return Effect.match(store.head({ topic, id: what.id }), {
            onSuccess: (head): ReplicationAnswer => ({ _tag: "HeadRead", id: what.id, head }),
            onFailure: failedStore(what)
          })
        case "Write":
          return Effect.match(store.write(what.steps), {
            onSuccess: (): ReplicationAnswer => ({ _tag: "Written", line: what.line }),
            onFailure: failedStore(what)
          })
        case "ReadLog":
          return Effect.match(
            log.read({ topic, partition, offset: what.offset, maxBytes: pageBytes, maxWaitMs: pollMs }),
            { onSuccess: (page): ReplicationAnswer => ({ _tag: "LogRead", page }), onFailure: failedRead }
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
          const tooLate = what._tag === "ReadLog" ? lateRead : late(what)
          return request(resource(what), requestMs, Effect.map(run(what), answered), answered(tooLate))
        }
        case "Stopped":
          return answer(() => Deferred.doneUnsafe(stopped, Effect.void))
        default:
          return answer(() => tell({ ...place, ...output }))
      }
    }
    const driver = yield* drive({
      machine: replication,
      state: start({ ...place, atomic: store.atomic, heads: headsKept, backoffMs, maxBackoffMs }),
      tick: (now): ReplicationInput => ({ _tag: "Tick", now }),
      perform
    })
    yield* driver.offer({ _tag: "Begin" })
    const stop = Effect.andThen(driver.offer({ _tag: "Stop" }), Deferred.await(stopped))
    return { stop: Effect.asVoid(Effect.timeoutOption(stop, stopMs)), join: driver.join }
  })

const describe = (event: ReplicatorEvent): string | undefined => {
  const place = `${event.topic}-${event.partition}`
  switch (event._tag) {
    case "Replicated":
      return undefined
    case "Conflicted": {
      const { id, offset, seqNr } = event.conflict
      return `Event ${seqNr} of journal ${JSON.stringify(id)} in ${place} at offset ${offset} is left out: an earlier record has that number.`
    }
    case "Stalled":
      return `Replication of ${place} waits: ${event.error.message}`
  }
}

/**
 * Replicates topics to a store until the scope closes, each partition on its own.
 *
 * **When to use**
 *
 * Use one replicator for a topic. A second one does an atomic store no harm, since that refuses what is out of date, and
 * no good either; a store that is not atomic is not fenced against it.
 */
export const replicate = (options: ReplicatorOptions): Effect.Effect<Replicator, never, Scope> =>
  Effect.gen(function* () {
    const { discoveryMs = 3000, log, onEvent, topics } = options
    const scope = yield* Effect.scope
    const running = new Map<string, Running>()
    const crashed = Deferred.makeUnsafe<never>()
    const messages = yield* Queue.sliding<string>(256)
    const tell = (event: ReplicatorEvent) => {
      const message = describe(event)
      if (message !== undefined) Queue.offerUnsafe(messages, message)
      onEvent?.(event)
    }
    yield* Queue.take(messages).pipe(Effect.flatMap(Effect.logWarning), Effect.forever, Effect.forkIn(scope))

    const missing = new Set<string>()
    const discover = Effect.fnUntraced(function* (topic: string) {
      const count = yield* log.partitions(topic)
      missing.delete(topic)
      for (let partition = 0; partition < count; partition++) {
        const name = `${topic}-${partition}`
        if (running.has(name)) continue
        const one = yield* replicatePartition(options, topic, partition, tell)
        running.set(name, one)
        yield* one.join.pipe(
          Effect.catchCause((cause) => Effect.sync(() => Deferred.doneUnsafe(crashed, Effect.failCause(cause)))),
          Effect.forkIn(scope)
        )
      }
    })
    const notFound = (topic: string) => (error: CommitLogError) =>
      Effect.suspend(() => {
        if (missing.has(topic)) return Effect.void
        missing.add(topic)
        return Effect.logWarning(`Waiting for topic ${topic}: ${fromLogError(error, { topic }).message}`)
      })
    const pause = Effect.suspend(() => Effect.sleep(missing.size > 0 ? Math.min(missingMs, discoveryMs) : discoveryMs))
    yield* Effect.forEach(topics, (topic) => Effect.catch(discover(topic), notFound(topic)), { discard: true }).pipe(
      Effect.andThen(pause),
      Effect.forever,
      Effect.forkIn(scope)
    )
    return {
      stop: Effect.suspend(() =>
        Effect.forEach([...running.values()], (one) => one.stop, { concurrency: "unbounded", discard: true })
      ),
      join: Deferred.await(crashed)
    }
  })
