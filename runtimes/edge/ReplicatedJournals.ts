import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FetchStore } from "../../adapters/dynamodb/fetch/index.ts"
import { shownText } from "../../core/bytes/index.ts"
import { JournalError, jsonPayload, readReplicated } from "../../core/journal/index.ts"
import type {
  ActionPlace,
  Behind,
  JournalEvent,
  JournalState,
  PayloadCodec,
  ReplicatedStore
} from "../../core/journal/index.ts"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { wrongRead, wrongSettings } from "./CheckUse.ts"
import type { ReplicatedJournalsOptions, ReplicatedReadOptions } from "./ReplicatedJournalsOptions.ts"

/**
 * What the table had of a journal: an answer of the past, in which what was acknowledged to a writer may be missing.
 *
 * **Details**
 *
 * Whatever happened to the journal up to `replicatedTo`, a place in the log, is in it. `state` says which number was the
 * last then, and up to which events are deleted; it is `undefined` where there was no journal. `events` may be iterated
 * over, also more than once; the first 500 are there, and the others are read as they are taken.
 */
export interface ReplicatedJournal<A> {
  readonly _tag: "Replicated"
  readonly consistency: "eventual"
  readonly replicatedTo: ActionPlace | undefined
  readonly state: JournalState | undefined
  readonly events: AsyncIterable<JournalEvent<A>>
}

/**
 * A store that is opened with the first operation. The store itself is kept and no promise of it: what one request of a
 * worker waits for, no other may wait for.
 */
const lazily = (open: Effect.Effect<ReplicatedStore, JournalStoreError>): ReplicatedStore => {
  let opened: ReplicatedStore | undefined
  const store = Effect.suspend(() =>
    opened === undefined
      ? Effect.tap(open, (made) =>
          Effect.sync(() => {
            opened = made
          })
        )
      : Effect.succeed(opened)
  )
  return {
    pointer: (topic, partition) => Effect.flatMap(store, (made) => made.pointer(topic, partition)),
    head: (key) => Effect.flatMap(store, (made) => made.head(key)),
    events: (request) => Effect.flatMap(store, (made) => made.events(request))
  }
}

/** Fails when the signal says that nobody waits any more, with what it gives as the reason. */
const abandoned = (signal: AbortSignal): Effect.Effect<never> =>
  Effect.callback((resume) => {
    const abort = () => resume(Effect.die(signal.reason))
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", abort))
  })

/** Iterates until the signal says that nobody waits any more: a page under way is given up, and one that is there. */
const iterate = <A>(stream: Stream.Stream<A, JournalError>, signal: AbortSignal | undefined): AsyncIterable<A> => {
  if (signal === undefined) return Stream.toAsyncIterable(stream)
  const whole = Stream.toAsyncIterable(Stream.interruptWhen(stream, abandoned(signal)))
  return {
    async *[Symbol.asyncIterator]() {
      for await (const value of whole) {
        signal.throwIfAborted()
        yield value
      }
    }
  }
}

/**
 * Journals as a replicator has copied them to DynamoDB, read over `fetch`, without a log and without Node.
 *
 * **When to use**
 *
 * In a worker near the user, for pages that may be some seconds old, and for entities that were appended to elsewhere. Who
 * decides something from what is read (an append with an expected number, a payment) reads through the log, with `Journals`
 * of `odradek/runtimes/promise`.
 *
 * **Details**
 *
 * Failures reject with a `JournalError`. Nothing is held open: one of these may live as long as the worker, and serve all of
 * its requests. The table's layout is read with the first request.
 *
 * **Example** (An answer that has one's own append)
 *
 * ```ts
 * const answer = await journals.readReplicated("order-17", { atLeast: { partition: 3, offset: 4711 } })
 * if (answer._tag === "Behind") return new Response("Not yet.", { status: 503, headers: { "retry-after": "1" } })
 * for await (const { payload } of answer.events) console.log(payload)
 * ```
 */
export class ReplicatedJournals<A> {
  readonly topic: string
  readonly #store: ReplicatedStore
  readonly #payload: PayloadCodec<A>
  readonly #deadlineMs: number

  private constructor(options: ReplicatedJournalsOptions<unknown>, payload: PayloadCodec<A>) {
    this.topic = options.topic
    this.#store = lazily(FetchStore.open(options))
    this.#payload = payload
    this.#deadlineMs = options.deadlineMs ?? 10_000
  }

  /** Journals of a topic with plain JSON payloads, or with those of a codec. Throws a `JournalError` where an option is wrong. */
  static make(
    options: ReplicatedJournalsOptions<unknown> & { readonly payload?: undefined }
  ): ReplicatedJournals<unknown>
  static make<A>(options: ReplicatedJournalsOptions<A> & { readonly payload: PayloadCodec<A> }): ReplicatedJournals<A>
  static make(options: ReplicatedJournalsOptions<unknown>): ReplicatedJournals<unknown> {
    const wrong = wrongSettings(options)
    if (wrong !== undefined) {
      const topic = typeof options?.topic === "string" ? options.topic : ""
      throw new JournalError({ reason: "Invalid", topic, message: wrong })
    }
    return new ReplicatedJournals(options, options.payload ?? jsonPayload)
  }

  /**
   * Reads what the table has of a journal, which may be less than the log has.
   *
   * **Details**
   *
   * With `atLeast`, the place that an append, a delete or a purge was answered with, the answer is `Behind` where the table
   * has not come so far.
   */
  readReplicated(
    id: string,
    options?: ReplicatedReadOptions & { readonly atLeast?: undefined }
  ): Promise<ReplicatedJournal<A>>
  readReplicated(id: string, options: ReplicatedReadOptions): Promise<ReplicatedJournal<A> | Behind>
  async readReplicated(
    id: string,
    { signal, ...range }: ReplicatedReadOptions = {}
  ): Promise<ReplicatedJournal<A> | Behind> {
    const key = { topic: this.topic, id }
    const wrong = wrongRead(id, range)
    if (wrong !== undefined) throw new JournalError({ reason: "Invalid", topic: this.topic, message: wrong })
    const late = new JournalError({
      reason: "Unavailable",
      ...key,
      message: `The read of journal ${shownText(id)} has taken ${this.#deadlineMs} ms: try again, or give it more time (\`deadlineMs\`).`
    })
    const read = Effect.timeoutOrElse(readReplicated(this.#store, key, this.#payload, range), {
      duration: this.#deadlineMs,
      orElse: () => Effect.fail(late)
    })
    const answer = await Effect.runPromise(read, signal === undefined ? {} : { signal })
    return answer._tag === "Behind" ? answer : { ...answer, events: iterate(answer.events, signal) }
  }
}
