import { connect, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { Message, Producer } from "kafkajs"
import { addressName } from "../../core/client/index.ts"
import type { Compression } from "../../core/log/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { codecNumber } from "./KafkaJsCodec.ts"
import type { KafkaJs } from "./KafkaJsModule.ts"
import { isConnectionLost, judgeSend, type SendFailure } from "./SendFailure.ts"
import { onlyWholeFrames } from "./WholeFrames.ts"

/** What a producer needs to know. All times are in milliseconds. */
export interface KafkaJsProducerOptions {
  readonly kafkajs: KafkaJs
  readonly bootstrap: ReadonlyArray<Address>
  readonly clientId: string
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long all attempts at one send may take together. */
  readonly sendTimeoutMs: number
  readonly compression?: Compression | undefined
  readonly log: (namespace: string, label: string, message: string) => void
}

/**
 * Records for one partition, and until when kafkajs may begin another attempt to send them, in milliseconds of
 * `performance.now()`.
 */
export interface Send {
  readonly topic: string
  readonly partition: number
  readonly messages: ReadonlyArray<Message>
  readonly attemptsUntil: number
}

/**
 * One idempotent producer of kafkajs, with one producer id.
 *
 * **Details**
 *
 * `send` answers with the offset of the first record, the others have the following ones. It ends by itself soon after
 * `attemptsUntil`, and what comes next must not overtake it.
 */
export interface KafkaJsProducer {
  readonly send: (send: Send) => Promise<Result.Result<number, SendFailure>>
  readonly close: Effect.Effect<void>
}

/** How long a producer may take to end in good order before its sockets are cut, in milliseconds. */
const closeTimeoutMs = 2000
const keepAliveMs = 60_000

const firstRetryMs = 100
const maxRetryMs = 1000
const produceApiKey = 0

/** kafkajs takes bootstrap brokers as `host:port` and has no way to write an IPv6 address, so that one goes by an alias. */
const aliasOf = ({ host, port }: Address, index: number): Address =>
  host.includes(":") ? { host: `bootstrap-${index}`, port } : { host, port }

/** Whether what is written to a socket is a produce request: kafkajs writes one whole frame at a time. */
const isProduce = (chunk: unknown): boolean =>
  Buffer.isBuffer(chunk) && chunk.length >= 6 && chunk.readInt16BE(4) === produceApiKey

const never = (): void => undefined

/** Makes a producer; `connected` connects it, trying for as long as it is let. The caller closes it in any case. */
export const makeKafkaJsProducer = (options: KafkaJsProducerOptions) => {
  const { KafkaJSNonRetriableError, Kafka, logLevel } = options.kafkajs
  const compression =
    options.compression === undefined ? {} : { compression: codecNumber(options.kafkajs, options.compression) }
  const aliases = new Map(options.bootstrap.map((address, index) => [aliasOf(address, index).host, address.host]))
  const sockets = new Set<Socket>()
  const underWay = new Map<Message, { attempts: number; readonly until: number }>()
  let produced = 0
  let closed = false
  /** What kafkajs last had to say of an attempt that failed. */
  let trouble: string | undefined

  const openSocket = ({ host, onConnect, port }: { host: string; port: number; onConnect: () => void }): Socket => {
    if (closed) throw new Error("the producer is closed")
    const socket = connect({ host: aliases.get(host) ?? host, port }, onConnect)
    socket.setKeepAlive(true, keepAliveMs)
    socket.setNoDelay(true)
    onlyWholeFrames(socket)
    const write = socket.write.bind(socket)
    // Whether a produce request has left decides whether a failed send is unknown or nothing was written.
    socket.write = ((chunk: Uint8Array, encoding?: BufferEncoding) => {
      if (isProduce(chunk)) produced++
      return write(chunk, encoding)
    }) as Socket["write"]
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
    return socket
  }

  /** Every attempt passes here once for each message: the first one counts it, and ends a send whose time is over. */
  const partitioner = () => (args: { readonly message: Message }) => {
    const send = underWay.get(args.message)
    if (send !== undefined) {
      send.attempts++
      if (closed || performance.now() > send.until) {
        const last = trouble === undefined ? "" : `, and the last trouble was: ${trouble}`
        throw new KafkaJSNonRetriableError(`the time for this send is over${last}`)
      }
    }
    return args.message.partition ?? 0
  }

  /**
   * Takes kafkajs's log. Each attempt to connect to the cluster anew is told here and nowhere else: when the producer is
   * closed, that ends the sends which would otherwise go on trying until their time is over.
   */
  const log = (namespace: string, label: string, message: string): void => {
    if (closed && namespace === "BrokerPool") throw new KafkaJSNonRetriableError("The producer is closed")
    options.log(namespace, label, message)
  }

  const backoff = { initialRetryTime: firstRetryMs, maxRetryTime: maxRetryMs, multiplier: 2, factor: 0.2 }
  const kafka = new Kafka({
    brokers: options.bootstrap.map((address, index) => addressName(aliasOf(address, index))),
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // What a send does in its course is tried a few times only, since the send itself is repeated.
    retry: { ...backoff, retries: options.bootstrap.length + 1 },
    socketFactory: openSocket,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { error, message } = entry.log
      if (typeof error === "string") trouble = error
      log(entry.namespace, entry.label, message)
    }
  })
  const producer: Producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitioner,
    retry: { ...backoff, retries: Math.ceil(options.sendTimeoutMs / maxRetryMs) + 4 }
  })

  const connected = Effect.tryPromise({
    try: () => producer.connect(),
    catch: (cause) => judgeSend(cause, { attempts: 0, produced: false })
  }).pipe(Effect.retry({ schedule: Schedule.spaced(maxRetryMs), while: () => !closed }))

  const produce = async ({ messages, partition, topic }: Send): Promise<number> => {
    const topicMessages = [{ topic, messages: [...messages] }]
    const settings = { acks: -1, timeout: options.requestTimeoutMs, ...compression }
    const answers = await producer.sendBatch({ ...settings, topicMessages })
    const answer = answers.find((each) => each.topicName === topic && each.partition === partition)
    const offset = Number(answer?.baseOffset)
    if (!Number.isSafeInteger(offset) || offset < 0) throw new Error(`the broker named no offset: ${offset}`)
    return offset
  }

  const send = async (batch: Send): Promise<Result.Result<number, SendFailure>> => {
    const before = produced
    const history = { attempts: 0, until: batch.attemptsUntil }
    const [first] = batch.messages
    if (first !== undefined) underWay.set(first, history)
    try {
      for (;;) {
        try {
          return Result.succeed(await produce(batch))
        } catch (cause) {
          // The same batch again has the same sequence numbers, so that a broker which has it already does not write it twice.
          if (closed || performance.now() >= batch.attemptsUntil || !isConnectionLost(cause)) {
            return Result.fail(judgeSend(cause, { attempts: history.attempts, produced: produced > before }))
          }
        }
        await delay(firstRetryMs)
      }
    } finally {
      if (first !== undefined) underWay.delete(first)
    }
  }

  const close = Effect.gen(function* () {
    closed = true
    yield* Effect.timeoutOption(Effect.ignore(Effect.tryPromise(() => producer.disconnect())), closeTimeoutMs)
    for (const socket of sockets) {
      socket.on("error", never)
      socket.destroy(new Error("the producer is closed"))
    }
  })

  return { connected, producer: { send, close } satisfies KafkaJsProducer }
}

/** The time until which attempts may begin, so that a send has most often ended when its deadline comes. */
export const attemptsUntil = (deadline: number, sendTimeoutMs: number): number =>
  deadline - Math.min(3000, sendTimeoutMs / 4)
