import type { Result } from "effect/Result"
import type { NewRecord } from "../log/index.ts"
import type { SendFailure } from "./SendFailure.ts"

/**
 * Records for one partition, which are written together or not at all.
 *
 * **Details**
 *
 * `attemptForMs` is how long, from now on, the producer may begin another attempt to send them, in milliseconds.
 */
export interface ProducerBatch {
  readonly topic: string
  readonly partition: number
  readonly records: ReadonlyArray<NewRecord>
  readonly attemptForMs: number
}

/** How a send has ended: with the offset of the first record, the others have the following ones. */
export type SendOutcome = Result<number, SendFailure>

/**
 * An idempotent producer with one producer id, which waits until all in-sync replicas have what it sends.
 *
 * **Details**
 *
 * `send` calls `done` once, soon after the time for attempts at the latest, and nothing of the batch is sent after that.
 * It throws for records that no producer can encode. Sends to one partition come one after the other, those to different
 * ones overlap.
 */
export interface Producer {
  readonly send: (batch: ProducerBatch, done: (outcome: SendOutcome) => void) => void
}
