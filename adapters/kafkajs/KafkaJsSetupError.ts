import * as Data from "effect/Data"

/**
 * Why a log on kafkajs could not be made.
 *
 * - `NotInstalled`: kafkajs could not be loaded
 * - `InvalidAddress`: one of the brokers is not written as `host:port`
 */
export type KafkaJsSetupReason = "NotInstalled" | "InvalidAddress"

/** A log on kafkajs that could not be made. `message` is one sentence that says what to do. */
export class KafkaJsSetupError extends Data.TaggedError("KafkaJsSetupError")<{
  readonly reason: KafkaJsSetupReason
  readonly message: string
  readonly cause?: unknown
}> {}
