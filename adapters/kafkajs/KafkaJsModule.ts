import * as Effect from "effect/Effect"
import type * as KafkaJsPackage from "kafkajs"
import type RequestQueueClass from "kafkajs/src/network/requestQueue/index.js"
import { KafkaJsSetupError } from "./KafkaJsSetupError.ts"

/** What this adapter uses of kafkajs. */
export type KafkaJs = Pick<
  typeof KafkaJsPackage,
  "CompressionCodecs" | "Kafka" | "KafkaJSNonRetriableError" | "logLevel"
>

type RequestQueue = typeof RequestQueueClass.prototype

const mended = new WeakSet<RequestQueue>()

/**
 * Ends a busy loop of kafkajs.
 *
 * **Details**
 *
 * After every response kafkajs 2.2.4 sets a timer to look at its waiting requests, also when there are none, in a time
 * that is computed from "not throttled" (-1) and so is negative: Node takes it for 1 ms and warns, and the timer sets
 * the next one, for ever. With nothing waiting and no throttling there is nothing to look at, so no timer is needed: every
 * new request, and every response, looks by itself.
 */
const mend = (queue: RequestQueue): void => {
  if (mended.has(queue)) return
  mended.add(queue)
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this)
  }
}

/** Loads kafkajs when it is first needed, so that a program which never appends through it does not pay for it. */
export const loadKafkaJs: Effect.Effect<KafkaJs, KafkaJsSetupError> = Effect.tryPromise({
  try: async () => {
    // Node's view of the module lacks the names that kafkajs exports by a spread; its default export has them all.
    const { default: kafkajs } = await import("kafkajs")
    const queue = await import("kafkajs/src/network/requestQueue/index.js")
    mend(queue.default.prototype)
    return kafkajs
  },
  catch: (cause) =>
    new KafkaJsSetupError({
      reason: "NotInstalled",
      message: "The package kafkajs cannot be loaded: install it with `npm install kafkajs`.",
      cause
    })
})
