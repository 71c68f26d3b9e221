import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AppendRequest, CommitLogError } from "../../core/ports/index.ts"
import { appendError, failedSend, heldBack, unended } from "./AppendFailure.ts"
import { type AppendLane, batchSize, type BatchLimits, type PendingAppend, takeBatch } from "./AppendLane.ts"
import { ByteBudget } from "./ByteBudget.ts"
import { kafkaJsMessage, messageSize } from "./KafkaJsMessage.ts"
import { attemptsUntil } from "./KafkaJsProducer.ts"
import type { Held, ProducerPool } from "./ProducerPool.ts"
import type { SendFailure } from "./SendFailure.ts"

/**
 * What appends need to know; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `check` answers with what is wrong with a partition, if it cannot be appended to. `brokers` is for people.
 */
export interface AppendLanesOptions {
  readonly pool: ProducerPool
  readonly check: (topic: string, partition: number) => Promise<CommitLogError | undefined>
  readonly brokers: string
  readonly appendTimeoutMs: number
  readonly limits: BatchLimits
  readonly maxInFlightBytes: number
}

interface Append extends PendingAppend {
  readonly resume: (result: Effect.Effect<number, CommitLogError>) => void
}

type Lane = AppendLane<Append>

/** Kafka's own bound on a request, less what a request has beside its one record. */
const maxRecordBytes = 100 * 1024 * 1024 - 64 * 1024

/** How long a partition is taken to be there before the client, which remembers what it knows, is asked again. */
const checkEveryMs = 1000

/** Lanes that are remembered while they are empty. */
const maxIdleLanes = 10_000

/** What tells the appends of one key apart from others; records without a key have no order among themselves. */
const keyText = ({ key }: AppendRequest): string | undefined =>
  key === null ? undefined : Buffer.from(key).toString("latin1")

const laneOf = ({ partition, topic }: AppendRequest): string => `${topic} ${partition}`

/**
 * Appends in order, one lane for each partition; those that wait at the same time are sent together.
 *
 * **Details**
 *
 * An append ends with the answer to its batch, at its deadline, or when the log is closed, whichever comes first. It is
 * written by functions without effects: between the call and the socket nothing but the producer waits for anything.
 */
export class AppendLanes {
  readonly #options: AppendLanesOptions
  readonly #bytes: ByteBudget
  readonly #lanes = new Map<string, Lane>()
  /** In the order of their deadlines. */
  readonly #underWay = new Set<Append>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: AppendLanesOptions) {
    this.#options = options
    this.#bytes = new ByteBudget(options.maxInFlightBytes)
  }

  append(request: AppendRequest): Effect.Effect<number, CommitLogError> {
    return Effect.callback((resume) => {
      const size = messageSize(request)
      if (size > maxRecordBytes) {
        const message = `A record of ${size} bytes does not fit in a request (${maxRecordBytes} bytes): split it.`
        return resume(Effect.fail(appendError(request, "TooLarge", message)))
      }
      const deadline = performance.now() + this.#options.appendTimeoutMs
      const append: Append = { request, size, deadline, resume, picked: false, dropped: false }
      if (this.#closed) return resume(Effect.fail(unended(append, "before the log was closed")))
      this.#underWay.add(append)
      this.#timer ??= this.#wakeAt(deadline)
      this.#enqueue(append)
      return Effect.sync(() => {
        append.dropped = true
        this.#underWay.delete(append)
      })
    })
  }

  /** Takes no more appends. */
  close(): void {
    this.#closed = true
  }

  /** Ends the appends that are still under way. */
  end(): void {
    clearTimeout(this.#timer)
    for (const append of this.#underWay) this.#fail(append, unended(append, "before the log was closed"))
  }

  #settle(append: Append, result: Effect.Effect<number, CommitLogError>): void {
    if (this.#underWay.delete(append)) append.resume(result)
  }

  #fail(append: Append, error: CommitLogError): void {
    this.#settle(append, Effect.fail(error))
  }

  #enqueue(append: Append): void {
    const { partition, topic } = append.request
    const name = laneOf(append.request)
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = { topic, partition, waiting: [], busy: false, checkedUntil: -Infinity }
      this.#lanes.set(name, lane)
    }
    lane.waiting.push(append)
    if (lane.busy) return
    lane.busy = true
    void this.#work(name, lane)
  }

  /** Sends what waits in a lane until nothing does. It never rejects. */
  async #work(name: string, lane: Lane): Promise<void> {
    // What is appended in the same turn is sent together.
    await undefined
    let batch = takeBatch(lane, this.#options.limits)
    while (batch.length > 0) {
      const failed = new Set<string>()
      try {
        await this.#sendWhenThereIsRoom(lane, batch, failed)
      } catch (defect) {
        for (const append of batch) this.#settle(append, Effect.die(defect))
      }
      this.#holdBack(lane.waiting, failed)
      batch = takeBatch(lane, this.#options.limits)
    }
    lane.busy = false
    if (this.#lanes.size > maxIdleLanes || lane.checkedUntil === -Infinity) this.#lanes.delete(name)
  }

  async #sendWhenThereIsRoom(lane: Lane, batch: ReadonlyArray<Append>, failed: Set<string>): Promise<void> {
    if (performance.now() >= lane.checkedUntil) {
      const wrong = await this.#options.check(lane.topic, lane.partition)
      if (wrong !== undefined) return this.#failAll(lane, batch, wrong, failed)
      lane.checkedUntil = performance.now() + checkEveryMs
    }
    const size = batchSize(batch)
    const room = this.#bytes.take(size)
    if (room !== undefined) await room
    try {
      await this.#send(lane, batch, failed)
    } finally {
      this.#bytes.give(size)
    }
  }

  /** Sends a batch; one that is too large is sent in halves, until it is known which record is. */
  async #send(lane: Lane, batch: ReadonlyArray<Append>, failed: Set<string>): Promise<void> {
    this.#holdBack(batch, failed)
    const acquired = this.#options.pool.acquire()
    const held = acquired instanceof Promise ? await acquired : acquired
    if (Result.isFailure(held)) return this.#failSent(lane, batch, held.failure, failed)
    const sent = await this.#hand(held.success, lane, batch)
    if (sent === undefined) return
    if (sent.reason !== "TooLarge" || batch.length === 1) return this.#failSent(lane, batch, sent, failed)
    const middle = batch.length >> 1
    await this.#send(lane, batch.slice(0, middle), failed)
    return this.#send(lane, batch.slice(middle), failed)
  }

  /** Hands what is still wanted of a batch to a producer, and answers with why that has failed, if it has. */
  async #hand(held: Held, { partition, topic }: Lane, batch: ReadonlyArray<Append>): Promise<SendFailure | undefined> {
    let failure: SendFailure | undefined
    try {
      const wanted = batch.filter(({ dropped }) => !dropped)
      const [first] = wanted
      if (first === undefined) return undefined
      for (const append of wanted) append.picked = true
      const messages = wanted.map(({ request }) => kafkaJsMessage(request, partition))
      // The first one's deadline is the earliest.
      const until = attemptsUntil(first.deadline, this.#options.appendTimeoutMs)
      const sent = await held.producer.send({ topic, partition, messages, attemptsUntil: until })
      if (Result.isFailure(sent)) failure = sent.failure
      else wanted.forEach((append, at) => this.#settle(append, Effect.succeed(sent.success + at)))
      return failure
    } finally {
      this.#options.pool.release(held, failure)
    }
  }

  #failSent(lane: Lane, batch: ReadonlyArray<Append>, failure: SendFailure, failed: Set<string>): void {
    this.#failAll(lane, batch, failedSend(lane, this.#options.brokers, failure), failed)
  }

  /** Ends appends with their error, and notes their keys. */
  #failAll(lane: Lane, appends: ReadonlyArray<Append>, error: CommitLogError, failed: Set<string>): void {
    lane.checkedUntil = -Infinity
    for (const append of appends) {
      const key = keyText(append.request)
      if (key !== undefined && !append.dropped) failed.add(key)
      this.#fail(append, error)
    }
  }

  /** Fails those of the appends that would come after a failed one of the same key: what is in the log is a beginning. */
  #holdBack(appends: ReadonlyArray<Append>, failed: ReadonlySet<string>): void {
    if (failed.size === 0) return
    for (const append of appends) {
      const key = keyText(append.request)
      if (append.dropped || key === undefined || !failed.has(key)) continue
      append.dropped = true
      this.#fail(append, heldBack(append.request))
    }
  }

  /** One timer does for all appends, since their deadlines come in the order of their beginnings. */
  #wakeAt(deadline: number): NodeJS.Timeout {
    return setTimeout(() => this.#endLate(), Math.max(1, deadline - performance.now())).unref()
  }

  #endLate(): void {
    const now = performance.now()
    this.#timer = undefined
    for (const append of this.#underWay) {
      if (append.deadline > now) {
        this.#timer = this.#wakeAt(append.deadline)
        return
      }
      append.dropped = true
      const key = keyText(append.request)
      if (key !== undefined) this.#holdBack(this.#lanes.get(laneOf(append.request))?.waiting ?? [], new Set([key]))
      this.#fail(append, unended(append, `within ${this.#options.appendTimeoutMs} ms`))
    }
  }
}
