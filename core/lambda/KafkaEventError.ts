import * as Data from "effect/Data"

/**
 * Why a function cannot take an event.
 *
 * - `NotKafka`: it is no event of an event source mapping for Kafka
 * - `Malformed`: something in it is missing, or is not what Lambda puts there
 * - `Disordered`: the records of a partition are not in the order of their offsets
 */
export type KafkaEventReason = "NotKafka" | "Malformed" | "Disordered"

/**
 * An event that cannot be decoded: `path` is the place in it, such as `records["orders-0"][3].headers[1]`, and empty where it
 * is the whole event.
 */
export class KafkaEventError extends Data.TaggedError("KafkaEventError")<{
  readonly reason: KafkaEventReason
  readonly path: string
  readonly message: string
}> {}
