import type { CompressionAlgorithmValue, MessageRecord, produceV11 } from "@platformatic/kafka"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Scope } from "effect/Scope"
import type { Producer, ProducerBatch, ProducerSettings, SendFailure, SendOutcome } from "../../core/append/index.ts"
import { pauseAfter, type PartitionLeader } from "../../core/client/index.ts"
import type { CommitLogError } from "../../core/ports/index.ts"
import { ErrorCode, errorName } from "../../core/protocol/index.ts"
import { type BrokerLink, BrokerLinks } from "./BrokerLinks.ts"
import { codesIn, isUnwelcome, saidBy } from "./ErrorCodes.ts"
import { judgeAttempt } from "./JudgeAttempt.ts"
import type { Platformatic } from "./PlatformaticModule.ts"
import { platformaticRecords } from "./PlatformaticRecords.ts"

type ProduceResponse = produceV11.ProduceResponse

/** What a producer of `@platformatic/kafka` needs to know beside. */
export interface PlatformaticProducerOptions extends ProducerSettings {
  readonly library: Platformatic
  readonly compression: CompressionAlgorithmValue
}

/** A producer id with its epoch, as a broker gave it. */
interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Where the batches of one partition go: the next sequence number, the leader as far as it is known, and since which load. */
interface Route {
  sequence: number
  link: BrokerLink | undefined
  load: number
}

/** A batch that is being sent. */
interface Sending {
  readonly batch: ProducerBatch
  readonly route: Route
  readonly records: Array<MessageRecord>
  /** In milliseconds of `performance.now()`. */
  readonly until: number
  readonly done: (outcome: SendOutcome) => void
  /** Ends it when its time is over, where it has not left by then. */
  deadline: NodeJS.Timeout | undefined
  /** Whether the batch is on its way: whoever has sent it waits for what comes back. */
  produced: boolean
  ended: boolean
  attempts: number
  /** Whether an attempt may have written the batch without saying so. */
  lost: boolean
  trouble: unknown
}

/** Sequence numbers begin anew after the largest that four bytes hold. */
const sequences = 2 ** 31

const acksAll = -1

/** Asks core's client where a partition's leader is. */
type FindLeader = (
  batch: ProducerBatch,
  newerThan: number,
  use: (found: Exit.Exit<PartitionLeader, CommitLogError>) => void
) => void

const closed = new Error("the producer is closed")

/** Sends batches over the connections of `@platformatic/kafka`, with retries, leaders and sequence numbers of its own. */
class PlatformaticProducer implements Producer {
  readonly #options: PlatformaticProducerOptions
  readonly #links: BrokerLinks
  readonly #leader: FindLeader
  readonly #routes = new Map<string, Route>()
  readonly #retrying = new Map<NodeJS.Timeout, Sending>()
  #identity: Identity | undefined
  #identified: Array<(identity: Result.Result<Identity, unknown>) => void> = []
  #closed = false

  constructor(options: PlatformaticProducerOptions, leader: FindLeader) {
    this.#options = options
    this.#leader = leader
    this.#links = new BrokerLinks(options.library, options)
  }

  send(batch: ProducerBatch, done: (outcome: SendOutcome) => void): void {
    const { partition, topic } = batch
    const records = platformaticRecords(batch.records, topic, partition)
    const name = `${topic} ${partition}`
    let route = this.#routes.get(name)
    if (route === undefined) {
      route = { sequence: 0, link: undefined, load: 0 }
      this.#routes.set(name, route)
    }
    const until = performance.now() + batch.attemptForMs
    const state = { deadline: undefined, produced: false, ended: false, attempts: 0, lost: false, trouble: undefined }
    const sending: Sending = { batch, route, records, until, done, ...state }
    // Brokers may be looked for longer than there is time: what has not left then never will.
    sending.deadline = setTimeout(
      () => {
        if (!sending.produced) this.#giveUp(sending, sending.trouble ?? new Error("no broker was found in time"))
      },
      Math.max(0, batch.attemptForMs)
    )
    this.#attempt(sending)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const [timer, sending] of this.#retrying) {
      clearTimeout(timer)
      this.#giveUp(sending, closed)
    }
    this.#retrying.clear()
    await this.#links.close()
  }

  #attempt(sending: Sending): void {
    if (sending.ended) return
    if (this.#closed) return this.#giveUp(sending, closed)
    if (performance.now() >= sending.until) return this.#giveUp(sending, sending.trouble)
    const { link } = sending.route
    if (link === undefined || !link.connection.isConnected()) return this.#findLeader(sending)
    if (this.#identity === undefined) return this.#identify(sending, link)
    this.#produce(sending, link, this.#identity)
  }

  /** Looks for the partition's leader, and connects to it. */
  #findLeader(sending: Sending): void {
    const { batch, route } = sending
    route.link = undefined
    this.#leader(batch, route.load, (found) => {
      if (Exit.isFailure(found)) return this.#notFound(sending, found.cause)
      const { address, load } = found.value
      this.#links.get(address, (opened) => {
        if (Result.isSuccess(opened)) {
          route.link = opened.success
          return this.#attempt(sending)
        }
        if (isUnwelcome(opened.failure)) return this.#refused(sending, "Unauthorized", opened.failure)
        this.#doubt(sending, load, opened.failure)
      })
    })
  }

  /** Asks again where nobody has answered, and otherwise ends a send whose partition the cluster does not have or show. */
  #notFound(sending: Sending, cause: Cause.Cause<CommitLogError>): void {
    const error = Result.getOrElse(Cause.findError(cause), () => closed)
    if (error === closed || !("reason" in error)) return this.#giveUp(sending, error)
    if (error.reason === "Unreachable") return this.#again(sending, error)
    // A topic that is gone took its records along, so that no earlier attempt matters; a new one of its name begins anew.
    if (error.reason === "UnknownTopic") return this.#fail(sending, "UnknownTopic", error, true)
    this.#refused(sending, error.reason, error)
  }

  /** Asks for the producer id, one send for all that wait for it. */
  #identify(sending: Sending, { connection, initProducerId }: BrokerLink): void {
    this.#identified.push((identity) => {
      if (Result.isSuccess(identity)) return this.#attempt(sending)
      const codes = codesIn(identity.failure)
      if (codes.includes(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)) {
        return this.#refused(sending, "Unauthorized", identity.failure)
      }
      this.#again(sending, identity.failure)
    })
    if (this.#identified.length > 1) return
    const { requestTimeoutMs } = this.#options
    initProducerId(connection, null, requestTimeoutMs, -1n, -1, (error, response) => {
      const waiting = this.#identified
      this.#identified = []
      if (error === null && response !== undefined) this.#identity = response
      for (const use of waiting) use(this.#identity === undefined ? Result.fail(error) : Result.succeed(this.#identity))
    })
  }

  #produce(sending: Sending, { connection, produce }: BrokerLink, identity: Identity): void {
    const { compression, library, requestTimeoutMs } = this.#options
    const { batch, records, route } = sending
    const sequence = new library.NumericMap([[`${batch.topic}:${batch.partition}`, route.sequence]])
    const options = { ...identity, compression, sequences: sequence }
    sending.produced = true
    produce(connection, acksAll, requestTimeoutMs, records, options, (error, response) => {
      sending.produced = false
      const told = error !== null && "response" in error ? error.response : response
      if (isProduceResponse(told)) return this.#answered(sending, told)
      sending.lost = true
      this.#doubt(sending, route.load, error)
    })
  }

  #answered(sending: Sending, { responses }: ProduceResponse): void {
    const { batch, route } = sending
    const topic = responses.find(({ name }) => name === batch.topic)
    const told = topic?.partitionResponses.find(({ index }) => index === batch.partition)
    const offset = Number(told?.baseOffset ?? -1)
    const code = told?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    if (code === ErrorCode.NONE && offset >= 0 && Number.isSafeInteger(offset)) {
      route.sequence = (route.sequence + batch.records.length) % sequences
      return this.#end(sending, Result.succeed(offset))
    }
    const verdict = judgeAttempt(code === ErrorCode.NONE ? ErrorCode.UNKNOWN_SERVER_ERROR : code, sending.lost)
    if (verdict._tag === "Failed") return this.#end(sending, Result.fail(verdict.failure))
    sending.lost ||= verdict.written
    this.#doubt(sending, route.load, new Error(errorName(code)))
  }

  /** Tries again, at whom the cluster names as the leader then: what was known since this load may be wrong. */
  #doubt(sending: Sending, load: number, trouble: unknown): void {
    sending.route.load = load
    sending.route.link = undefined
    this.#again(sending, trouble)
  }

  #again(sending: Sending, trouble: unknown): void {
    if (sending.ended) return
    sending.trouble = trouble
    sending.attempts++
    const pause = pauseAfter(sending.attempts)
    if (this.#closed || performance.now() + pause >= sending.until) return this.#giveUp(sending, trouble)
    const timer = setTimeout(() => {
      this.#retrying.delete(timer)
      this.#attempt(sending)
    }, pause)
    this.#retrying.set(timer, sending)
  }

  #giveUp(sending: Sending, trouble: unknown): void {
    this.#fail(sending, sending.lost ? "Unknown" : "Unreachable", trouble, sending.lost)
  }

  /** Ends a send with why it is refused now, which says nothing about earlier attempts. */
  #refused(sending: Sending, reason: SendFailure["reason"], trouble: unknown): void {
    this.#fail(sending, sending.lost ? "Unknown" : reason, trouble, sending.lost)
  }

  #fail(sending: Sending, reason: SendFailure["reason"], trouble: unknown, spoiled: boolean): void {
    const cause = new Error(saidBy(trouble), { cause: trouble })
    this.#end(sending, Result.fail({ reason, type: undefined, spoiled, cause }))
  }

  #end(sending: Sending, outcome: SendOutcome): void {
    if (sending.ended) return
    sending.ended = true
    clearTimeout(sending.deadline)
    sending.done(outcome)
  }
}

const isProduceResponse = (value: unknown): value is ProduceResponse =>
  typeof value === "object" && value !== null && "responses" in value

/** An idempotent producer over the connections of `@platformatic/kafka`, which connects when it sends, and is closed with the scope. */
export const openPlatformaticProducer = Effect.fnUntraced(function* (
  options: PlatformaticProducerOptions
): Effect.fn.Return<Producer, never, Scope> {
  const scope = yield* Effect.scope
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const producer = new PlatformaticProducer(options, ({ partition, topic }, newerThan, use) => {
    const found = Effect.onExit(options.client.leader(topic, partition, newerThan), (exit) =>
      Effect.sync(() => use(exit))
    )
    run(Effect.forkIn(found, scope, { startImmediately: true }))
  })
  yield* Effect.addFinalizer(() => Effect.promise(() => producer.close()))
  return producer
})
