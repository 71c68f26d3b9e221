import { type Admin, type Consumer, Kafka, logLevel, type Producer } from "kafkajs"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1"

/** A Kafka client that says nothing and gives up quickly. */
export const clientOf = (address: string): Kafka =>
  new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 5 } })

const connected = <A extends { readonly connect: () => Promise<void>; readonly disconnect: () => Promise<void> }>(
  make: () => A
): Effect.Effect<A, never, Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = make()
      await client.connect()
      return client
    }),
    (client) => Effect.promise(() => client.disconnect())
  )

export const adminOf = (address: string): Effect.Effect<Admin, never, Scope> =>
  connected(() => clientOf(address).admin())

export const producerOf = (address: string, options = {}): Effect.Effect<Producer, never, Scope> =>
  connected(() => clientOf(address).producer({ allowAutoTopicCreation: false, ...options }))

export const consumerOf = (address: string, groupId: string, options = {}): Effect.Effect<Consumer, never, Scope> =>
  connected(() => clientOf(address).consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 100, ...options }))

/** Texts from `from` on, as messages for partition 0 or another. */
export const texts = (from: number, count: number, partition = 0) =>
  Array.from({ length: count }, (_, i) => ({ partition, key: `key-${from + i}`, value: `value-${from + i}` }))

/** Consumes from the beginning until `count` records are there: `partition@offset=value`, in the order of arrival. */
export const consume = (
  consumer: Consumer,
  topic: string,
  count: number,
  fromBeginning = true
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(
    () =>
      new Promise((resolve, reject) => {
        const seen: Array<string> = []
        consumer
          .subscribe({ topic, fromBeginning })
          .then(() =>
            consumer.run({
              eachMessage: ({ message, partition }) => {
                seen.push(`${partition}@${message.offset}=${String(message.value)}`)
                if (seen.length === count) resolve(seen)
                return Promise.resolve()
              }
            })
          )
          .catch(reject)
      })
  )
