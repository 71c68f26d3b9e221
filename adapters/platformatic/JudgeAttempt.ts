import type { SendFailure } from "../../core/append/index.ts"
import type { CommitLogErrorReason } from "../../core/ports/index.ts"
import { ErrorCode, errorName, isRetriable } from "../../core/protocol/index.ts"

/**
 * What an error code means for the attempt that it answers.
 *
 * - `Again`: the same batch may be sent again; `written` says that it may be in the log all the same
 * - `Failed`: the send has ended
 */
export type AttemptVerdict =
  | { readonly _tag: "Again"; readonly written: boolean }
  | { readonly _tag: "Failed"; readonly failure: SendFailure }

/**
 * Codes by which a broker says that it does not take a batch: it has not. They say nothing about an earlier attempt whose
 * answer was lost, since settings may have changed in between, and are looked at before repetitions are.
 */
const refused: ReadonlyMap<number, CommitLogErrorReason> = new Map([
  [ErrorCode.MESSAGE_TOO_LARGE, "TooLarge"],
  [ErrorCode.RECORD_LIST_TOO_LARGE, "TooLarge"],
  [ErrorCode.INVALID_RECORD, "Refused"],
  [ErrorCode.INVALID_TIMESTAMP, "Refused"],
  [ErrorCode.CORRUPT_MESSAGE, "Refused"],
  [ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, "Refused"],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "Refused"],
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED, "Unauthorized"],
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, "Unauthorized"],
  [ErrorCode.POLICY_VIOLATION, "Refused"]
])

/** Codes by which a broker says that the producer's identity or sequence is not what it expects: it has written nothing. */
const sequenceLost: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING
])

/** Codes that a broker gives when it may have written a batch: too few replicas have it, or its disk has failed. */
const maybeWritten: ReadonlySet<number> = new Set([
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.REQUEST_TIMED_OUT
])

/**
 * Judges an error code that a broker gave for a batch; `lost` says that an earlier attempt at it has no answer.
 *
 * **Details**
 *
 * A batch that is sent again has the same sequence numbers, so that a broker which has it answers with its offset, as long
 * as it remembers it.
 */
export const judgeAttempt = (code: number, lost: boolean): AttemptVerdict => {
  const type = errorName(code)
  const failed = (reason: CommitLogErrorReason, spoiled: boolean): AttemptVerdict => ({
    _tag: "Failed",
    failure: { reason, type, spoiled, cause: new Error(type) }
  })
  const reason = refused.get(code)
  if (reason !== undefined) return lost ? failed("Unknown", true) : failed(reason, false)
  if (sequenceLost.has(code)) return failed(lost ? "Unknown" : "Unreachable", true)
  if (isRetriable(code)) return { _tag: "Again", written: maybeWritten.has(code) }
  return failed("Unknown", true)
}
