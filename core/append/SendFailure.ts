import type { CommitLogErrorReason } from "../ports/index.ts"

/**
 * What a failed send means.
 *
 * **Details**
 *
 * `type` is the name of Kafka's error code when a broker gave one. `spoiled` says that the producer must not be used for
 * another send, since what became of this one's sequence numbers is not known: a broker that has the batch after all
 * would take the next one with the same numbers for a repetition, and drop it.
 */
export interface SendFailure {
  readonly reason: CommitLogErrorReason
  readonly type: string | undefined
  readonly spoiled: boolean
  readonly cause: unknown
}
