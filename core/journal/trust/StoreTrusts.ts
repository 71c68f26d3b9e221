import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"
import { topicPartitionName } from "../../log/index.ts"
import { CommitLogError, JournalStoreError } from "../../ports/index.ts"
import type { CommitLog, ReadRequest } from "../../ports/index.ts"
import { askBelonging, lookBack } from "./CheckBelonging.ts"
import type { ComparedPorts } from "./CheckBelonging.ts"
import { JournalError } from "../model/JournalError.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { fromLogError } from "../ports/LogFailure.ts"
import { isTrusted, start, storeTrust } from "./StoreTrust.ts"
import type { StoreTrustInput, StoreTrustOutput, StoreTrustState } from "./StoreTrust.ts"

/** What tells whether the store of a topic is its log's; `storeName` is how messages call it, `reads` bounds the reads of the log. */
export interface StoreTrustsOptions extends JournalPorts {
  readonly topic: string
  readonly storeName: string | undefined
  readonly reads: Semaphore.Semaphore
}

/**
 * What a process knows of a topic's store: whether it is the log's, partition by partition.
 *
 * **Details**
 *
 * The first who asks has the store compared with the log (`checkBelonging`), and those who come meanwhile wait for the
 * same answer. When the last of them has gone, what is under way is interrupted. A log that is out of reach is tried again
 * for 30 s, as by a read; a store is not.
 */
export interface StoreTrusts {
  /** Fails where the store is another log's, and where that cannot be found out; `id` is the journal of whoever asks. */
  readonly ask: (partition: number, id?: string) => Effect.Effect<void, JournalError>
  /** Asks for each partition of the topic. */
  readonly askAll: Effect.Effect<void, JournalError>
  /** Whether nothing needs to be asked at this time, in milliseconds since the epoch. */
  readonly isTrusted: (partition: number, now: number) => boolean
  /** Takes back what is known, since the log does not have what the store led a reader to. */
  readonly doubt: (partition: number) => void
}

const requestMs = 30_000
const patienceMs = 30_000
const backoffMs = 20
const maxBackoffMs = 1000
/** How long somebody waits in milliseconds: for the comparison, and for the reads that go before it. */
export const askMs = 150_000
/** How long a store is used that could not be compared, as one that is still empty. */
const unknownMs = 60_000
const partitionsAtOnce = 8

/** A partition, who waits to be told of it, and what is under way for them. */
interface Known {
  state: StoreTrustState
  readonly waiting: Map<number, (told: Effect.Effect<void, JournalError>) => void>
  running: Fiber.Fiber<unknown, unknown> | undefined
}

/** An error as one who asks about a journal is told: it is not that of one journal. */
const ofJournal = ({ cause, message, offset, partition, reason, topic }: JournalError, id: string): JournalError =>
  new JournalError({ reason, topic, id, partition, offset, message, cause })

const unreachable = `has not answered for ${requestMs / 1000} s; check that it is up and reachable, and try again.`

const lateLog = ({ offset, partition, topic }: ReadRequest): CommitLogError =>
  new CommitLogError({
    operation: "read",
    reason: "Unreachable",
    topic,
    partition,
    offset,
    message: `The log ${unreachable}`
  })

/** Reads the log when its turn has come, and again where it is out of reach. */
const patientRead =
  (log: CommitLog, reads: Semaphore.Semaphore): CommitLog["read"] =>
  (request) => {
    const once = Semaphore.withPermit(
      reads,
      Effect.timeoutOrElse(log.read(request), { duration: requestMs, orElse: () => Effect.fail(lateLog(request)) })
    )
    const attempt = (until: number, waitMs: number): ReturnType<CommitLog["read"]> =>
      Effect.catch(once, (error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          error.reason !== "Unreachable" || now + waitMs >= until
            ? Effect.fail(error)
            : Effect.andThen(Effect.sleep(waitMs), attempt(until, Math.min(2 * waitMs, maxBackoffMs)))
        )
      )
    return Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(now + patienceMs, backoffMs))
  }

const inTime = <A>(
  operation: JournalStoreError["operation"],
  ask: Effect.Effect<A, JournalStoreError>
): Effect.Effect<A, JournalStoreError> =>
  Effect.timeoutOrElse(ask, {
    duration: requestMs,
    orElse: () =>
      Effect.fail(new JournalStoreError({ operation, reason: "Unreachable", message: `The store ${unreachable}` }))
  })

/** Begins to know nothing of a topic's store. */
export const makeStoreTrusts = ({ log, reads, store, storeName, topic }: StoreTrustsOptions): StoreTrusts => {
  const ports: ComparedPorts = {
    log: { read: patientRead(log, reads) },
    store: {
      pointer: (name, partition) => inTime("pointer", store.pointer(name, partition)),
      head: (key) => inTime("head", store.head(key))
    }
  }
  const partitions = new Map<number, Known>()
  let tickets = 0

  const lookUp = (partition: number): Known => {
    const found = partitions.get(partition)
    if (found !== undefined) return found
    const config = { topic, partition, lookBack, unknownMs, storeName }
    const made: Known = { state: start(config), waiting: new Map(), running: undefined }
    partitions.set(partition, made)
    return made
  }

  /** Tells the machine something. Whatever it asks for outlives the one who began it, in the context of that one. */
  const feed = (one: Known, context: Context.Context<never>, input: StoreTrustInput): void => {
    const [state, outputs] = storeTrust.step(one.state, input)
    one.state = state
    for (const output of outputs) perform(one, context, output)
  }

  const reply = (one: Known, ticket: number, told: Effect.Effect<void, JournalError>): void => {
    const resume = one.waiting.get(ticket)
    one.waiting.delete(ticket)
    resume?.(told)
  }

  const perform = (one: Known, context: Context.Context<never>, output: StoreTrustOutput): void => {
    switch (output._tag) {
      case "Request": {
        const { request, round } = output
        const asked = askBelonging(ports, one.state.config, request)
        const running = Effect.runForkWith(context)(
          Effect.match(asked, {
            onSuccess: (answer): StoreTrustInput => ({ _tag: "Answered", round, answer }),
            onFailure: (error): StoreTrustInput => ({ _tag: "Failed", round, error })
          })
        )
        one.running = running
        running.addObserver((exit) => {
          if (Exit.isSuccess(exit)) return feed(one, context, exit.value)
          if (round !== one.state.round) return
          const defect = Effect.failCause(exit.cause)
          for (const ticket of one.state.waiting) {
            reply(one, ticket, defect)
            feed(one, context, { _tag: "Leave", ticket })
          }
        })
        return
      }
      case "Abandon":
        return one.running?.interruptUnsafe()
      case "Reply":
        return reply(one, output.ticket, output.error === undefined ? Effect.void : Effect.fail(output.error))
    }
  }

  const late = (partition: number) =>
    new JournalError({
      reason: "Unavailable",
      topic,
      partition,
      message: `The store could not be compared with ${topicPartitionName({ topic, partition })} within ${askMs / 1000} s; check that both are up and reachable, and try again.`
    })

  const ask = (partition: number, id?: string): Effect.Effect<void, JournalError> =>
    Effect.withFiber((fiber) => {
      const { context } = fiber
      const one = lookUp(partition)
      feed(one, context, { _tag: "Tick", now: fiber.getRef(Clock.Clock).currentTimeMillisUnsafe() })
      if (isTrusted(one.state, one.state.now)) return Effect.void
      const told = Effect.callback<void, JournalError>((resume) => {
        const ticket = ++tickets
        one.waiting.set(ticket, resume)
        feed(one, context, { _tag: "Ask", ticket })
        return Effect.sync(() => {
          one.waiting.delete(ticket)
          feed(one, context, { _tag: "Leave", ticket })
        })
      })
      const inTime = Effect.timeoutOrElse(told, { duration: askMs, orElse: () => Effect.fail(late(partition)) })
      return id === undefined ? inTime : Effect.mapError(inTime, (error) => ofJournal(error, id))
    })

  return {
    ask,
    askAll: Effect.flatMap(
      Effect.mapError(log.partitions(topic), (error) => fromLogError(error, { topic })),
      (count) =>
        Effect.forEach(
          Array.from({ length: count }, (_, partition) => partition),
          (partition) => ask(partition),
          { concurrency: partitionsAtOnce, discard: true }
        )
    ),
    isTrusted: (partition, now) => {
      const one = partitions.get(partition)
      return one !== undefined && isTrusted(one.state, now)
    },
    doubt: (partition) => {
      const one = partitions.get(partition)
      if (one !== undefined) one.state = storeTrust.step(one.state, { _tag: "Doubt" })[0]
    }
  }
}
