import type { SendFailure } from "../../core/append/index.ts"
import type { CommitLogErrorReason } from "../../core/ports/index.ts"

/** What is known of a send when it failed: how often it was tried, and whether a produce request left since it began. */
export interface SendHistory {
  readonly attempts: number
  readonly produced: boolean
}

/**
 * Codes by which a broker says that it does not take a batch: it has not. They say nothing about an earlier attempt whose
 * answer was lost, since settings may have changed in between, and are looked at before repetitions are.
 */
const refused: ReadonlyMap<string, CommitLogErrorReason> = new Map([
  ["MESSAGE_TOO_LARGE", "TooLarge"],
  ["RECORD_LIST_TOO_LARGE", "TooLarge"],
  ["INVALID_RECORD", "Refused"],
  ["INVALID_TIMESTAMP", "Refused"],
  ["CORRUPT_MESSAGE", "Refused"],
  ["UNSUPPORTED_FOR_MESSAGE_FORMAT", "Refused"],
  ["UNSUPPORTED_COMPRESSION_TYPE", "Refused"],
  ["TOPIC_AUTHORIZATION_FAILED", "Unauthorized"],
  ["CLUSTER_AUTHORIZATION_FAILED", "Unauthorized"],
  ["SASL_AUTHENTICATION_FAILED", "Unauthorized"],
  ["POLICY_VIOLATION", "Refused"]
])

/** The error code in an error or in what caused it; kafkajs wraps errors when it gives up. */
const typeOf = (error: unknown, depth = 0): string | undefined => {
  if (typeof error !== "object" || error === null || depth > 8) return undefined
  if ("type" in error && typeof error.type === "string") return error.type
  return "cause" in error ? typeOf(error.cause, depth + 1) : undefined
}

const connectionErrors: ReadonlySet<string> = new Set(["KafkaJSConnectionError", "KafkaJSConnectionClosedError"])

/**
 * Whether a send failed for its connection alone, so that the same producer may send the same batch again.
 *
 * **Details**
 *
 * kafkajs gives up early when connections break while they begin, as a proxy without a broker behind it breaks them.
 */
export const isConnectionLost = (error: unknown, depth = 0): boolean => {
  if (!(error instanceof Error) || depth > 8) return false
  if (connectionErrors.has(error.name) || error.message === "Broker not connected") return true
  return isConnectionLost(error.cause, depth + 1)
}

/**
 * Judges the error with which kafkajs rejected a send.
 *
 * **Details**
 *
 * kafkajs gives the sequence numbers of a failed batch to the next one: after every failure that is not the broker's own
 * word the producer is spoiled.
 */
export const judgeSend = (cause: unknown, { attempts, produced }: SendHistory): SendFailure => {
  const type = typeOf(cause)
  const failed = (reason: CommitLogErrorReason, spoiled: boolean): SendFailure => ({ reason, type, spoiled, cause })
  // A topic that is gone took its records along, so that no earlier attempt matters; kafkajs asks for it ever after.
  if (type === "UNKNOWN_TOPIC_OR_PARTITION" || type === "INVALID_TOPIC_EXCEPTION") return failed("UnknownTopic", true)
  const refusal = type === undefined ? undefined : refused.get(type)
  if (refusal !== undefined && (attempts <= 1 || !produced)) return failed(refusal, false)
  return failed(produced ? "Unknown" : "Unreachable", true)
}
