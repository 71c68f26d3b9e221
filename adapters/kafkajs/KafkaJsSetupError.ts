import * as Data from "effect/Data"

/**
 * A log on kafkajs that could not be made: kafkajs is not installed, or cannot be loaded. `message` is one sentence that
 * says what to do.
 */
export class KafkaJsSetupError extends Data.TaggedError("KafkaJsSetupError")<{
  readonly reason: "NotInstalled"
  readonly message: string
  readonly cause?: unknown
}> {}
