import { connect, isIP, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { connect as connectTls } from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import type { Message, Producer as Sender, RecordMetadata, SASLOptions } from "kafkajs"
import {
  type Producer,
  type ProducerBatch,
  type ProducerSettings,
  type SendFailure,
  type SendOutcome,
  tlsOptions
} from "../../core/append/index.ts"
import { addressName, type Sasl } from "../../core/client/index.ts"
import type { Compression } from "../../core/log/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { isConnectionLost, judgeSend } from "./JudgeSend.ts"
import { codecNumber } from "./KafkaJsCodec.ts"
import { kafkaJsMessages } from "./KafkaJsMessage.ts"
import type { KafkaJs } from "./KafkaJsModule.ts"
import { onlyWholeFrames } from "./WholeFrames.ts"

/** What a producer of kafkajs needs to know beside. */
export interface KafkaJsProducerOptions extends ProducerSettings {
  readonly kafkajs: KafkaJs
  readonly compression: Compression | undefined
  readonly log: (namespace: string, label: string, message: string) => void
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

const saslOf = ({ mechanism, password, username }: Sasl): SASLOptions => {
  const account = { username, password: Redacted.value(password) }
  switch (mechanism) {
    case "plain":
      return { mechanism, ...account }
    case "scram-sha-256":
      return { mechanism, ...account }
    case "scram-sha-512":
      return { mechanism, ...account }
  }
}

/** An idempotent producer of kafkajs, which is connected, trying for as long as it is let, and closed with the scope. */
export const openKafkaJsProducer = Effect.fnUntraced(function* (
  options: KafkaJsProducerOptions
): Effect.fn.Return<Producer, SendFailure, Scope> {
  const { KafkaJSNonRetriableError, Kafka, logLevel } = options.kafkajs
  const compression =
    options.compression === undefined ? {} : { compression: codecNumber(options.kafkajs, options.compression) }
  const secured = options.tls === undefined ? undefined : tlsOptions(options.tls)
  const aliases = new Map(options.bootstrap.map((address, index) => [aliasOf(address, index).host, address.host]))
  const sockets = new Set<Socket>()
  const underWay = new Map<Message, { attempts: number; readonly until: number }>()
  let produced = 0
  let closed = false
  /** What kafkajs last had to say of an attempt that failed. */
  let trouble: string | undefined

  const openSocket = ({ host, onConnect, port }: { host: string; port: number; onConnect: () => void }): Socket => {
    if (closed) throw new Error("the producer is closed")
    const place = { host: aliases.get(host) ?? host, port }
    const named = isIP(place.host) === 0 ? { servername: place.host } : {}
    const socket =
      secured === undefined ? connect(place, onConnect) : connectTls({ ...place, ...named, ...secured }, onConnect)
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
    ssl: secured !== undefined,
    ...(options.sasl === undefined ? {} : { sasl: saslOf(options.sasl) }),
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { error, message } = entry.log
      if (typeof error === "string") trouble = error
      log(entry.namespace, entry.label, message)
    }
  })
  const sender: Sender = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitioner,
    retry: { ...backoff, retries: Math.ceil(options.sendTimeoutMs / maxRetryMs) + 4 }
  })

  const settings = { acks: -1, timeout: options.requestTimeoutMs, ...compression }

  /** Where the broker says that a batch is. */
  const offsetIn = (answers: ReadonlyArray<RecordMetadata>, { partition, topic }: ProducerBatch): number => {
    const answer = answers.find((each) => each.topicName === topic && each.partition === partition)
    const offset = Number(answer?.baseOffset)
    if (!Number.isSafeInteger(offset) || offset < 0) throw new Error(`the broker named no offset: ${offset}`)
    return offset
  }

  const send = async (batch: ProducerBatch, messages: Array<Message>): Promise<SendOutcome> => {
    const before = produced
    const history = { attempts: 0, until: performance.now() + batch.attemptForMs }
    const [first] = messages
    if (first !== undefined) underWay.set(first, history)
    try {
      for (;;) {
        try {
          const topicMessages = [{ topic: batch.topic, messages }]
          return Result.succeed(offsetIn(await sender.sendBatch({ ...settings, topicMessages }), batch))
        } catch (cause) {
          // The same batch again has the same sequence numbers, so that a broker which has it already does not write it twice.
          if (closed || performance.now() >= history.until || !isConnectionLost(cause)) {
            return Result.fail(judgeSend(cause, { attempts: history.attempts, produced: produced > before }))
          }
        }
        await delay(firstRetryMs)
      }
    } finally {
      if (first !== undefined) underWay.delete(first)
    }
  }

  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      closed = true
      yield* Effect.timeoutOption(Effect.ignore(Effect.tryPromise(() => sender.disconnect())), closeTimeoutMs)
      for (const socket of sockets) {
        socket.on("error", never)
        socket.destroy(new Error("the producer is closed"))
      }
    })
  )
  yield* Effect.tryPromise({
    try: () => sender.connect(),
    catch: (cause) => judgeSend(cause, { attempts: 0, produced: false })
  }).pipe(Effect.retry({ schedule: Schedule.spaced(maxRetryMs), while: () => !closed }))

  return {
    send: (batch, done) => {
      const messages = kafkaJsMessages(batch.records, batch.partition)
      // It never rejects: what kafkajs throws is an outcome.
      void send(batch, messages).then(done)
    }
  }
})
