import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { KafkaClient } from "../client/index.ts"

/** How long what a topic takes is remembered, in milliseconds; who raises it waits so long at most. */
const maxAgeMs = 30_000

/** How long an answer is waited for, in milliseconds; without it the broker refuses what is too large. */
const askTimeoutMs = 3000

const maxRemembered = 10_000

/**
 * Tells how large a batch a topic takes, in bytes (`max.message.bytes`); `undefined` where that is not told.
 *
 * **Details**
 *
 * Brokers tell it to those who may describe the topic's settings (`DescribeConfigs` on the topic). It never fails: the
 * broker has the last word anyway.
 */
export type TopicLimits = (topic: string) => Effect.Effect<number | undefined>

/** Makes limits that are asked for at first use and remembered for a while. */
export const makeTopicLimits = (client: Pick<KafkaClient, "setting">): TopicLimits => {
  const known = new Map<string, { readonly limit: number | undefined; readonly until: number }>()
  const ask = Effect.fnUntraced(function* (topic: string) {
    const said = yield* client.setting(topic, "max.message.bytes").pipe(
      Effect.timeout(askTimeoutMs),
      Effect.catch((error) =>
        Effect.as(Effect.logDebug(`What topic ${topic} takes is not known: ${error.message}`), undefined)
      )
    )
    const limit = Number(said)
    const until = (yield* Clock.currentTimeMillis) + maxAgeMs
    if (known.size >= maxRemembered) known.clear()
    const answer = { limit: Number.isSafeInteger(limit) && limit > 0 ? limit : undefined, until }
    known.set(topic, answer)
    return answer.limit
  })
  return (topic) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const answer = known.get(topic)
      return answer !== undefined && now < answer.until ? Effect.succeed(answer.limit) : ask(topic)
    })
}
