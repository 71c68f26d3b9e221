import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { decodeUtf8, encodeUtf8 } from "../../bytes/index.ts"
import { type TopicPartition, topicPartitionName } from "../../log/index.ts"
import { answer, drive, request } from "../../machine/index.ts"
import type { Answer, Driver, Request } from "../../machine/index.ts"
import type { JournalKey } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import { defaultPartitionCacheConfig, describe, partitionCache, start } from "./PartitionCache.ts"
import type {
  PartitionCacheAnswer,
  PartitionCacheConfig,
  PartitionCacheInput,
  PartitionCacheOutput,
  PartitionCacheRequest,
  PartitionCacheState
} from "./PartitionCache.ts"
import type { TailAnswer } from "./TailAnswer.ts"

/** How partitions are looked after; see {@link PartitionCacheConfig} for the settings and what they are by default. */
export interface HeadCacheOptions extends JournalPorts, Partial<PartitionCacheConfig> {}

/**
 * What a process knows of the journals that may not be in the store as the log has them.
 *
 * **When to use**
 *
 * Use one for all journals over the same log and store in a process that recovers journals again and again; hand it to
 * `makeJournals` as `heads`. A recovery then costs its mark, beside that a look at the store's pointer, and a look at the
 * journal's head, and no reading of the log where nothing of the journal is in the log's tail.
 *
 * **Details**
 *
 * Each partition is followed from its first question on, over the log's own connections, until nobody has asked for ten
 * minutes. Whatever fails there is tried again for ever, and a recovery that gets no answer reads the log for itself: the
 * cache makes recoveries faster and never fails one. A recovery that finds the store's pointer below what the cache takes
 * for granted reads the log for itself, too: the store was restored or replaced, which the cache learns a little later.
 * Where a defect ends the cache for a partition, it begins again with the next question.
 */
export interface HeadCache {
  /** What is known of a journal's tail, once the log was read up to the mark, which is an offset of its partition. */
  readonly get: (key: JournalKey, partition: number, mark: number) => Effect.Effect<TailAnswer>
  /**
   * Takes note that everything up to `offset` is in the store, as a replicator in the same process tells: what the store has
   * need not be kept, and is not waited for until the pointer is read again.
   */
  readonly replicated: (partition: TopicPartition, offset: number) => void
  /** Draws what is known of each partition as text. */
  readonly describe: Effect.Effect<string>
}

const pageBytes = 1024 * 1024
const pollMs = 500
const requestMs = 30_000

const answers = Metric.counter("journal_headcache_get", {
  description: "Answers of the head cache to recoveries, by result",
  incremental: true
})

const told = (topic: string, reply: TailAnswer): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(answers, { topic, result: reply._tag === "Known" ? "value" : reply.why }), 1)

/** A partition that is looked after. */
interface Followed {
  readonly driver: Driver<PartitionCacheState, PartitionCacheInput>
  readonly scope: Scope.Closeable
  /** Who waits for an answer, by ticket. */
  readonly waiting: Map<number, Deferred.Deferred<TailAnswer>>
  readonly closed: Deferred.Deferred<void>
}

const closedAnswer: TailAnswer = { _tag: "Unknown", why: "closed" }

/** Follows a partition for as long as the scope is open, or until the machine closes it. */
const followPartition = (
  { log, store, ...config }: HeadCacheOptions,
  topic: string,
  partition: number,
  scope: Scope.Closeable,
  onClosed: (one: Followed) => void,
  warn: (line: string) => void
): Effect.Effect<Followed> =>
  Effect.gen(function* () {
    const place = { topic, partition }
    const waiting = new Map<number, Deferred.Deferred<TailAnswer>>()
    const closed = Deferred.makeUnsafe<void>()
    const late = (what: string) =>
      new JournalError({
        reason: "Unavailable",
        ...place,
        message: `The ${what} has not answered for ${requestMs / 1000} s; check that it is up and reachable.`
      })
    const run = (what: PartitionCacheRequest): Effect.Effect<PartitionCacheAnswer> =>
      what._tag === "ReadPointer"
        ? Effect.match(store.pointer(topic, partition), {
            onSuccess: (offset): PartitionCacheAnswer => ({ _tag: "PointerRead", offset }),
            onFailure: (error): PartitionCacheAnswer => ({
              _tag: "PointerFailed",
              error: fromStoreError(error, place)
            })
          })
        : Effect.match(
            log.read({ ...place, offset: what.offset, maxBytes: pageBytes, maxWaitMs: what.waits ? pollMs : 0 }),
            {
              onSuccess: (page): PartitionCacheAnswer => ({ _tag: "LogRead", page }),
              onFailure: (error): PartitionCacheAnswer => ({ _tag: "LogFailed", failure: logFailure(error, place) })
            }
          )
    const perform = (output: PartitionCacheOutput): Answer | Request<PartitionCacheInput> => {
      switch (output._tag) {
        case "Request": {
          const { epoch, request: what } = output
          const answered = (reply: PartitionCacheAnswer): PartitionCacheInput => ({
            _tag: "Answered",
            epoch,
            answer: reply
          })
          const timedOut = (): PartitionCacheAnswer =>
            what._tag === "ReadPointer"
              ? { _tag: "PointerFailed", error: late("store") }
              : { _tag: "LogFailed", failure: { _tag: "Retry", error: late("log") } }
          return request(undefined, requestMs, Effect.map(run(what), answered), () => answered(timedOut()))
        }
        case "Reply":
          return answer(() => {
            const asked = waiting.get(output.ticket)
            if (asked !== undefined) Deferred.doneUnsafe(asked, Effect.succeed(output.answer))
          })
        case "Stalled":
          return answer(() =>
            warn(
              `The head cache of ${topic}-${partition} waits, and recoveries read the log meanwhile: ${output.error.message}`
            )
          )
        case "Closed":
          return answer(() => end())
      }
    }
    const driver = yield* Scope.provide(
      drive({
        machine: partitionCache,
        state: start({ ...defaultPartitionCacheConfig, ...config }),
        tick: (now): PartitionCacheInput => ({ _tag: "Tick", now }),
        perform
      }),
      scope
    )
    const followed: Followed = { driver, scope, waiting, closed }
    /** Tells whoever waits, and nobody finds it any more. */
    const end = () => {
      if (!Deferred.doneUnsafe(closed, Effect.void)) return
      for (const asked of waiting.values()) Deferred.doneUnsafe(asked, Effect.succeed(closedAnswer))
      onClosed(followed)
    }
    const broken = (cause: Cause.Cause<never>) => {
      if (Cause.hasInterruptsOnly(cause)) return
      warn(`The head cache of ${topic}-${partition} has ended by a defect of odradek: ${Cause.pretty(cause)}`)
      end()
    }
    yield* Effect.catchCause(driver.join, (cause) => Effect.sync(() => broken(cause))).pipe(Effect.forkIn(scope))
    yield* driver.offer({ _tag: "Begin" })
    return followed
  })

/**
 * Makes a head cache, which looks after the partitions that it is asked about until the scope closes.
 *
 * **Details**
 *
 * When the scope closes, whoever waits is told that nothing is known, as is whoever asks later. The metric
 * `journal_headcache_get` counts the answers by topic and result: `value`, or why nothing is known.
 */
const make = (options: HeadCacheOptions): Effect.Effect<HeadCache, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    // The drivers' own scope closes after the finalizer below, which still needs them.
    const inner = yield* Scope.fork(scope)
    const opening = Semaphore.makeUnsafe(1)
    const partitions = new Map<string, Followed>()
    const over = yield* Queue.unbounded<Followed>()
    const messages = yield* Queue.sliding<string>(256)
    const hints = yield* Queue.sliding<TopicPartition & { readonly offset: number }>(256)
    let isOpen = true
    let tickets = 0

    const onClosed = (name: string) => (one: Followed) => {
      partitions.delete(name)
      Queue.offerUnsafe(over, one)
    }
    yield* Queue.take(over).pipe(
      Effect.flatMap((one) => Scope.close(one.scope, Exit.void)),
      Effect.forever,
      Effect.forkIn(scope)
    )
    yield* Queue.take(messages).pipe(Effect.flatMap(Effect.logWarning), Effect.forever, Effect.forkIn(scope))

    const hint = ({ offset, ...place }: TopicPartition & { readonly offset: number }): Effect.Effect<void> => {
      const one = partitions.get(topicPartitionName(place))
      if (one === undefined) return Effect.void
      return Effect.raceFirst(Deferred.await(one.closed), one.driver.offer({ _tag: "Replicated", offset }))
    }
    yield* Queue.take(hints).pipe(Effect.flatMap(hint), Effect.forever, Effect.forkIn(scope))

    const lookUp = (topic: string, partition: number): Effect.Effect<Followed> =>
      Effect.suspend(() => {
        const name = `${topic}-${partition}`
        const found = partitions.get(name)
        if (found !== undefined) return Effect.succeed(found)
        return followPartition(options, topic, partition, Scope.forkUnsafe(inner), onClosed(name), (line) =>
          Queue.offerUnsafe(messages, line)
        ).pipe(
          Effect.tap((one) =>
            Effect.sync(() => {
              if (!Deferred.isDoneUnsafe(one.closed)) partitions.set(name, one)
            })
          )
        )
      })
    /** The one who looks after a partition, from now on where nobody does; `undefined` once the cache is closed. */
    const followed = (topic: string, partition: number): Effect.Effect<Followed | undefined> =>
      Effect.suspend(() => {
        const found = partitions.get(`${topic}-${partition}`)
        if (found !== undefined) return Effect.succeed(found)
        const opened = Effect.suspend(() => (isOpen ? lookUp(topic, partition) : Effect.succeed(undefined)))
        return Semaphore.withPermit(opening, Effect.uninterruptible(opened))
      })

    const ask = Effect.fnUntraced(function* (key: JournalKey, partition: number, mark: number) {
      const one = yield* followed(key.topic, partition)
      if (one === undefined) return closedAnswer
      const { closed, driver, waiting } = one
      if (Deferred.isDoneUnsafe(closed)) return closedAnswer
      const ticket = ++tickets
      const asked = Deferred.makeUnsafe<TailAnswer>()
      waiting.set(ticket, asked)
      // The records' ids are what their keys' bytes decode to.
      const id = decodeUtf8(encodeUtf8(key.id))
      const offered = Effect.andThen(driver.offer({ _tag: "Get", ticket, id, mark }), Effect.never)
      return yield* Effect.raceFirst(Deferred.await(asked), offered).pipe(
        Effect.ensuring(Effect.sync(() => waiting.delete(ticket)))
      )
    })

    const close = ({ closed, driver }: Followed) =>
      Effect.raceFirst(Deferred.await(closed), Effect.andThen(driver.offer({ _tag: "Close" }), Effect.never))
    yield* Effect.addFinalizer(() =>
      Semaphore.withPermit(
        opening,
        Effect.suspend(() => {
          isOpen = false
          return Effect.forEach([...partitions.values()], close, { concurrency: "unbounded", discard: true })
        })
      )
    )
    return {
      get: (key, partition, mark) => Effect.tap(ask(key, partition, mark), (reply) => told(key.topic, reply)),
      replicated: (partition, offset) => {
        if (partitions.has(topicPartitionName(partition))) Queue.offerUnsafe(hints, { ...partition, offset })
      },
      describe: Effect.sync(() =>
        [...partitions].map(([name, { driver }]) => `${name}: ${describe(driver.state())}`).join("\n")
      )
    }
  })

/** Makes head caches: {@link make}. */
export const HeadCache = { make } as const
