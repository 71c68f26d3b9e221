import type { CommitLogErrorReason } from "../ports/index.ts"
import { ErrorCode, isRetriable } from "../protocol/index.ts"
import { type ClientFailure, type ClientFailureReason, mayPass } from "./ClientFailure.ts"

/**
 * What an error means for the operation that met it.
 *
 * - `Retry`: ask again, after fresh metadata
 * - `Fail`: the operation fails for this reason
 */
export type Verdict = { readonly _tag: "Retry" } | { readonly _tag: "Fail"; readonly reason: CommitLogErrorReason }

const retry: Verdict = { _tag: "Retry" }

const fails: ReadonlyMap<number, CommitLogErrorReason> = new Map([
  [ErrorCode.OFFSET_OUT_OF_RANGE, "OffsetOutOfRange"],
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED, "Unauthorized"],
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, "Unauthorized"],
  [ErrorCode.GROUP_AUTHORIZATION_FAILED, "Unauthorized"],
  [ErrorCode.SASL_AUTHENTICATION_FAILED, "Unauthorized"],
  [ErrorCode.INVALID_TOPIC_EXCEPTION, "UnknownTopic"],
  [ErrorCode.CORRUPT_MESSAGE, "Damaged"],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "Damaged"]
])

/** Judges an error code that a broker gave for a partition. */
export const judgeCode = (errorCode: number): Verdict => {
  const reason = fails.get(errorCode)
  if (reason !== undefined) return { _tag: "Fail", reason }
  return isRetriable(errorCode) ? retry : { _tag: "Fail", reason: "Refused" }
}

/** Judges an error code that metadata gives for a topic: one that is not there is not waited for. */
export const judgeTopicCode = (errorCode: number): Verdict =>
  errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || errorCode === ErrorCode.UNKNOWN_TOPIC_ID
    ? { _tag: "Fail", reason: "UnknownTopic" }
    : judgeCode(errorCode)

const failureReasons: Partial<Record<ClientFailureReason, CommitLogErrorReason>> = {
  Malformed: "Damaged",
  Untrusted: "Unauthorized",
  Unauthorized: "Unauthorized"
}

/** Judges a request that has no answer. */
export const judgeFailure = (failure: ClientFailure): Verdict => {
  if (mayPass(failure)) return retry
  return { _tag: "Fail", reason: failureReasons[failure.reason] ?? "Refused" }
}

/** The pause before attempt number `attempt` (from 1) is repeated, in milliseconds. */
export const pauseAfter = (attempt: number): number => Math.min(1000, 20 * 2 ** Math.min(attempt - 1, 10))
