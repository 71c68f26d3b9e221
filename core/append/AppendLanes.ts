import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { AppendRequest, CommitLogError } from "../ports/index.ts"
import { appendError, beyondLimit, failedSend, heldBack, unended } from "./AppendFailure.ts"
import { type AppendLane, batchSize, type BatchLimits, type PendingAppend, takeBatch } from "./AppendLane.ts"
import { ByteBudget } from "./ByteBudget.ts"
import { keyText } from "./KeyText.ts"
import { PartitionMap } from "./PartitionMap.ts"
import type { Held, ProducerPool } from "./ProducerPool.ts"
import { batchOverhead, batchSizeOf, recordSizeAtMost } from "./RecordSize.ts"
import type { SendFailure } from "./SendFailure.ts"

/** What has to be known of a partition before anything is sent to it: how large a batch its topic takes, if that is told. */
export interface PartitionCheck {
  readonly limit: number | undefined
}

/**
 * What appends need to know, and what they ask of the world; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `check` says, once, what is known of a partition or why it cannot be appended to. `brokers` is for people. `compressed`
 * says that the producer compresses, so that only the broker knows what is too large. `now` is a clock that only goes
 * forward; `soon` runs what it is given after the turn in which it was called, `later` after some time.
 */
export interface AppendLanesOptions {
  readonly pool: ProducerPool
  readonly check: (
    topic: string,
    partition: number,
    done: (checked: Exit.Exit<PartitionCheck, CommitLogError>) => void
  ) => void
  readonly brokers: string
  readonly appendTimeoutMs: number
  readonly limits: BatchLimits
  readonly maxInFlightBytes: number
  readonly compressed: boolean
  readonly now: () => number
  readonly soon: (run: () => void) => void
  readonly later: (ms: number, run: () => void) => void
}

interface Append extends PendingAppend {
  /** Ascends with the beginnings of appends. */
  readonly order: number
  readonly resume: (result: Exit.Exit<number, CommitLogError>) => void
}

interface Lane extends AppendLane<Append> {
  /** What was taken out of the lane last. */
  taken: Batch
}

type Batch = ReadonlyArray<Append>

type Failure = Exit.Exit<never, CommitLogError>

/** Kafka's own bound on a request, less what a request has beside its one record. */
const maxRecordBytes = 100 * 1024 * 1024 - 64 * 1024

/** How long a partition is taken to be as it was before the client, which remembers what it knows, is asked again. */
const checkEveryMs = 1000

/** Lanes that are remembered while they are empty. */
const maxIdleLanes = 10_000

/**
 * Appends in order, one lane for each partition; those that wait at the same time are sent together.
 *
 * **Details**
 *
 * An append ends with the answer to its batch, at its deadline, or when the log is closed, whichever comes first. It is
 * written by functions without effects: between the call and the socket nothing but the producer waits for anything.
 * A lane has one batch with the producer at a time, so that what was started later never overtakes.
 */
export class AppendLanes {
  readonly #options: AppendLanesOptions
  readonly #bytes: ByteBudget
  readonly #lanes = new PartitionMap<Lane>()
  /** In the order of their deadlines. */
  readonly #underWay = new Set<Append>()
  #begun = 0
  #waking = false
  #closed = false

  constructor(options: AppendLanesOptions) {
    this.#options = options
    this.#bytes = new ByteBudget(options.maxInFlightBytes)
  }

  append(request: AppendRequest): Effect.Effect<number, CommitLogError> {
    return Effect.callback((resume) => {
      const size = recordSizeAtMost(request)
      if (size > maxRecordBytes) {
        const message = `A record of ${size} bytes does not fit in a request (${maxRecordBytes} bytes): split it.`
        return resume(Effect.fail(appendError(request, "TooLarge", message)))
      }
      const { appendTimeoutMs, now } = this.#options
      const deadline = now() + appendTimeoutMs
      const append: Append = { request, size, deadline, resume, order: this.#begun++, picked: false, dropped: false }
      if (this.#closed) return resume(Effect.fail(unended(append, "before the log was closed")))
      this.#underWay.add(append)
      this.#wakeIn(appendTimeoutMs)
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
    for (const append of this.#underWay) this.#settle(append, Exit.fail(unended(append, "before the log was closed")))
  }

  #settle(append: Append, result: Exit.Exit<number, CommitLogError>): void {
    if (this.#underWay.delete(append)) append.resume(result)
  }

  #enqueue(append: Append): void {
    const { partition, topic } = append.request
    let lane = this.#lanes.get(append.request)
    if (lane === undefined) {
      lane = { topic, partition, waiting: [], taken: [], busy: false, checkedUntil: -Infinity, limit: undefined }
      this.#lanes.set(lane, lane)
    }
    lane.waiting.push(append)
    if (lane.busy) return
    lane.busy = true
    this.#continue(lane)
  }

  /** Goes on with a lane after this turn, since what is appended in the same turn is sent together; rests with nothing. */
  #continue(lane: Lane): void {
    if (lane.waiting.length > 0) return this.#options.soon(() => this.#next(lane))
    lane.busy = false
    lane.taken = []
    if (this.#lanes.size > maxIdleLanes || lane.checkedUntil === -Infinity) this.#lanes.delete(lane)
  }

  /** Sends what waits in a lane next. */
  #next(lane: Lane): void {
    if (this.#options.now() < lane.checkedUntil) this.#take(lane)
    else {
      this.#options.check(lane.topic, lane.partition, (checked) => {
        if (Exit.isFailure(checked)) return this.#failNext(lane, Exit.failCause(checked.cause))
        lane.checkedUntil = this.#options.now() + checkEveryMs
        lane.limit = checked.value.limit
        this.#take(lane)
      })
    }
  }

  #failNext(lane: Lane, failure: Failure): void {
    lane.checkedUntil = -Infinity
    lane.taken = takeBatch(lane, this.#options.limits)
    this.#fail(lane, lane.taken, failure)
    this.#continue(lane)
  }

  #take(lane: Lane): void {
    const { compressed, limits } = this.#options
    const known = compressed ? undefined : lane.limit
    const { maxRecords } = limits
    const maxBytes = known === undefined ? limits.maxBytes : Math.min(limits.maxBytes, known - batchOverhead)
    const taken = takeBatch(lane, { maxRecords, maxBytes })
    lane.taken = taken
    if (known !== undefined) this.#failBeyond(lane, known)
    const size = batchSize(taken)
    this.#bytes.take(size, () =>
      this.#send(lane, taken, () => {
        this.#bytes.give(size)
        this.#continue(lane)
      })
    )
  }

  /** Fails those of a batch that are larger than the topic takes. */
  #failBeyond(lane: Lane, limit: number): void {
    for (const append of lane.taken) {
      if (append.dropped || append.size + batchOverhead <= limit) continue
      const size = this.#exactSize(append)
      if (size > limit) this.#fail(lane, [append], Exit.fail(beyondLimit(append.request, size, limit)))
    }
  }

  /** How much a record takes alone; one that cannot be encoded takes nothing, for it ends here. */
  #exactSize(append: Append): number {
    try {
      return batchSizeOf(append.request)
    } catch (defect) {
      append.dropped = true
      this.#settle(append, Exit.die(defect))
      return 0
    }
  }

  /**
   * Sends what is still wanted of a batch.
   *
   * **Details**
   *
   * One that is too large is sent in halves, until it is known which record is. One of which a producer has written
   * nothing, and which it cannot write any more, is given to a new producer, once.
   */
  #send(lane: Lane, batch: Batch, then: () => void, renewed = false): void {
    if (batch.every(({ dropped }) => dropped)) return then()
    this.#options.pool.acquire((held) => {
      if (Result.isFailure(held)) {
        this.#failSent(lane, batch, held.failure)
        return then()
      }
      this.#hand(held.success, lane, batch, (failure) => {
        if (failure === undefined) return then()
        const renew = failure.reason === "Unreachable" && failure.spoiled && !renewed && this.#mayBegin(batch)
        if (!renew && (failure.reason !== "TooLarge" || batch.length === 1)) {
          this.#failSent(lane, batch, failure)
          return then()
        }
        for (const append of batch) append.picked = false
        if (renew) return this.#send(lane, batch, then, true)
        const middle = batch.length >> 1
        this.#send(lane, batch.slice(0, middle), () => this.#send(lane, batch.slice(middle), then))
      })
    })
  }

  /** Hands what is still wanted of a batch to a producer, and says why that has failed, if it has. */
  #hand(held: Held, { partition, topic }: Lane, batch: Batch, then: (failure: SendFailure | undefined) => void): void {
    const { pool } = this.#options
    const wanted = batch.some(({ dropped }) => dropped) ? batch.filter(({ dropped }) => !dropped) : batch
    const [first] = wanted
    if (first === undefined) {
      pool.release(held)
      return then(undefined)
    }
    for (const append of wanted) append.picked = true
    const records = wanted.map(({ request }) => request)
    const attemptForMs = this.#attemptForMs(first)
    try {
      held.producer.send({ topic, partition, records, attemptForMs }, (sent) => {
        const failure = Result.isFailure(sent) ? sent.failure : undefined
        pool.release(held, failure)
        if (Result.isSuccess(sent)) {
          let offset = sent.success
          for (const append of wanted) this.#settle(append, Exit.succeed(offset++))
        }
        then(failure)
      })
    } catch (defect) {
      pool.release(held)
      for (const append of wanted) this.#settle(append, Exit.die(defect))
      then(undefined)
    }
  }

  /** How long attempts may begin, so that a send has most often ended when its deadline comes. */
  #attemptForMs({ deadline }: Append): number {
    const { appendTimeoutMs, now } = this.#options
    return deadline - now() - Math.min(3000, appendTimeoutMs / 4)
  }

  /** Whether there is time for another attempt; the deadline of the first append is the earliest. */
  #mayBegin([first]: Batch): boolean {
    return first !== undefined && this.#attemptForMs(first) > 0
  }

  #failSent(lane: Lane, batch: Batch, failure: SendFailure): void {
    const { limit, partition, topic } = lane
    const { brokers } = this.#options
    lane.checkedUntil = -Infinity
    this.#fail(lane, batch, Exit.fail(failedSend({ topic, partition, brokers, limit }, failure)))
  }

  /**
   * Ends appends with why they failed, and those of the same keys that were started after them and are not sent yet: what
   * is in the log is a beginning. All are chosen before a caller hears of it, since what he appends then is something new.
   */
  #fail(lane: Lane, appends: Batch, failure: Failure): void {
    const failed = new Map<string, number>()
    for (const { dropped, order, request } of appends) {
      const key = keyText(request.key)
      if (key !== undefined && !dropped) failed.set(key, Math.min(order, failed.get(key) ?? order))
    }
    for (const append of appends) append.dropped = true
    const behind =
      failed.size === 0
        ? []
        : [...lane.taken, ...lane.waiting].filter(({ dropped, order, picked, request }) => {
            const since = dropped || picked ? undefined : failed.get(keyText(request.key) ?? "")
            return since !== undefined && request.key !== null && order > since
          })
    for (const append of behind) append.dropped = true
    for (const append of appends) this.#settle(append, failure)
    for (const append of behind) this.#settle(append, Exit.fail(heldBack(append.request)))
  }

  /** One timer does for all appends, since their deadlines come in the order of their beginnings. */
  #wakeIn(ms: number): void {
    if (this.#waking) return
    this.#waking = true
    this.#options.later(Math.max(1, ms), () => this.#endLate())
  }

  #endLate(): void {
    const now = this.#options.now()
    this.#waking = false
    for (const append of this.#underWay) {
      if (append.deadline > now) return this.#wakeIn(append.deadline - now)
      const lane = this.#lanes.get(append.request)
      const failure = Exit.fail(unended(append, `within ${this.#options.appendTimeoutMs} ms`))
      if (lane === undefined) this.#settle(append, failure)
      else this.#fail(lane, [append], failure)
    }
  }
}
