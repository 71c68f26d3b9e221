import { setTimeout as delay } from "node:timers/promises"
import type { Consumer, Kafka, Producer } from "kafkajs"
import { Partitioners } from "kafkajs"
import { Tally } from "./Tally.ts"

const retry = { initialRetryTime: 50, maxRetryTime: 400, retries: 60 }

/**
 * Producers of bare kafkajs, one for each partition, that number what they write.
 *
 * **Details**
 *
 * Those of even partitions are idempotent: kafkajs repeats a request whose answer is lost with the same sequence numbers,
 * so that what the broker remembers of them over a restart is what keeps the records single. The others try once, and
 * leave the outcome unknown. A producer whose send has failed is replaced.
 */
export class PlainLoad {
  readonly tallies: ReadonlyArray<Tally>
  readonly #kafka: Kafka
  readonly #topic: string
  #stopping = false
  #done: Promise<unknown> = Promise.resolve()

  constructor(kafka: Kafka, topic: string, partitions: number) {
    this.#kafka = kafka
    this.#topic = topic
    this.tallies = Array.from({ length: partitions }, () => new Tally())
  }

  start(): void {
    this.#done = Promise.all(this.tallies.map((tally, partition) => this.#produce(tally, partition)))
  }

  /** Lets the sends under way end, and sends no more. */
  stop(): Promise<unknown> {
    this.#stopping = true
    return this.#done
  }

  #producer(partition: number): Producer {
    const idempotent = partition % 2 === 0
    return this.#kafka.producer({
      idempotent,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { ...retry, retries: idempotent ? retry.retries : 0 }
    })
  }

  async #produce(tally: Tally, partition: number): Promise<void> {
    while (!this.#stopping) {
      const producer = this.#producer(partition)
      try {
        await producer.connect()
        while (!this.#stopping) await this.#send(producer, tally, partition)
      } catch {
        await delay(20)
      } finally {
        await producer.disconnect()
      }
    }
  }

  async #send(producer: Producer, tally: Tally, partition: number): Promise<void> {
    const first = tally.begun.length
    const names = Array.from({ length: 1 + (first % 5) }, (_, at) => `p${partition}-${first + at}`)
    tally.begun.push(...names)
    const messages = names.map((value) => ({ partition, value }))
    await producer.send({ topic: this.#topic, acks: -1, timeout: 10_000, messages })
    for (const name of names) tally.acknowledged.add(name)
  }
}

/**
 * A group of one that reads what the plain load writes, and commits: offsets that it was told are committed never go
 * back.
 */
export class CommitLoad {
  readonly seen = new Set<string>()
  /** The greatest offset of each partition whose commit was acknowledged. */
  readonly committed = new Map<number, number>()
  /** How many commits were acknowledged. */
  commits = 0
  readonly #kafka: Kafka
  readonly #topic: string
  readonly #groupId: string
  #stopping = false
  #leave: () => void = () => undefined
  #done: Promise<void> = Promise.resolve()

  constructor(kafka: Kafka, topic: string, groupId: string) {
    this.#kafka = kafka
    this.#topic = topic
    this.#groupId = groupId
  }

  start(): void {
    this.#done = this.#consume()
  }

  /** One member after the other: kafkajs gives one up when it has met no broker for a while. */
  async #consume(): Promise<void> {
    while (!this.#stopping) {
      const consumer = this.#kafka.consumer({
        groupId: this.#groupId,
        sessionTimeout: 6000,
        heartbeatInterval: 500,
        maxWaitTimeInMs: 200,
        retry: { ...retry, restartOnFailure: () => Promise.resolve(false) }
      })
      const over = new Promise<void>((resolve) => {
        consumer.on(consumer.events.CRASH, () => resolve())
        this.#leave = resolve
      })
      try {
        await this.#join(consumer)
        await over
      } catch {
        await delay(20)
      } finally {
        await consumer.disconnect()
      }
    }
  }

  async #join(consumer: Consumer): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topic: this.#topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, commitOffsetsIfNecessary, heartbeat, resolveOffset }) => {
        const { messages, partition, topic } = batch
        for (const { offset, value } of messages) {
          this.seen.add(String(value))
          resolveOffset(offset)
        }
        const next = Number(messages.at(-1)?.offset) + 1
        await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: String(next) }] }] })
        this.commits++
        this.committed.set(partition, Math.max(next, this.committed.get(partition) ?? 0))
        await heartbeat()
      }
    })
  }

  /** The partitions whose committed offset is below one that was acknowledged before: `partition: now < then`. */
  async check(): Promise<ReadonlyArray<string>> {
    const before = new Map(this.committed)
    const admin = this.#kafka.admin({ retry })
    await admin.connect()
    try {
      const [topic] = await admin.fetchOffsets({ groupId: this.#groupId, topics: [this.#topic] })
      const now = new Map(topic?.partitions.map(({ offset, partition }) => [partition, Number(offset)]))
      return [...before]
        .filter(([partition, offset]) => (now.get(partition) ?? -1) < offset)
        .map(([partition, offset]) => `commit of ${partition}: ${now.get(partition)} < ${offset}`)
    } finally {
      await admin.disconnect()
    }
  }

  stop(): Promise<void> {
    this.#stopping = true
    this.#leave()
    return this.#done
  }
}
