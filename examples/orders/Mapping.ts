import * as Effect from "effect/Effect"
import { encodeKafkaEvent, type KafkaEvent } from "odradek/core/lambda"
import type { BatchResponse } from "odradek/core/lambda"
import { openLog } from "odradek/runtimes/node"

/** A function that is invoked with records, as Lambda does it. */
export type KafkaFunction = (
  event: KafkaEvent,
  context: {
    readonly awsRequestId: string
    readonly functionName: string
    readonly invokedFunctionArn: string
    readonly memoryLimitInMB: string
    readonly getRemainingTimeInMillis: () => number
  }
) => Promise<BatchResponse>

const timeoutMs = 60_000

/**
 * Hands the records of a topic to a function, from an offset of its one partition on to its end; gives the offset behind what is
 * done. What the function has not done stays for the next time, as with an event source mapping.
 */
export const invokeWith = (
  brokers: ReadonlyArray<string>,
  topic: string,
  offset: number,
  invoke: KafkaFunction
): Promise<number> =>
  Effect.gen(function* () {
    const log = yield* openLog({ brokers })
    const page = yield* log.read({ topic, partition: 0, offset, maxBytes: 1_000_000, maxWaitMs: 0 })
    if (page.records.length === 0) return offset
    const event = encodeKafkaEvent({
      source: "SelfManagedKafka",
      arn: undefined,
      bootstrapServers: brokers,
      partitions: [{ topic, partition: 0, records: page.records }]
    })
    const until = Date.now() + timeoutMs
    const { batchItemFailures } = yield* Effect.promise(() =>
      invoke(event, {
        awsRequestId: `${topic}-${offset}`,
        functionName: "replicator",
        invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:replicator",
        memoryLimitInMB: "512",
        getRemainingTimeInMillis: () => until - Date.now()
      })
    )
    return batchItemFailures[0]?.itemIdentifier.offset ?? page.nextOffset
  }).pipe(Effect.scoped, Effect.runPromise)
