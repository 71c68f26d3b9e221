import { ConsumerGroupError } from "../ports/index.ts"
import { errorName, ErrorCode } from "../protocol/index.ts"
import { type ClientFailure, mayPass } from "./ClientFailure.ts"

/** What was asked of a group. */
export type GroupOperation = ConsumerGroupError["operation"]

/** Whom the errors are about. `brokers` are those that were named, for people. */
export interface GroupErrorContext {
  readonly group: string
  readonly brokers: string
  readonly requestTimeoutMs: number
}

const unauthorized: ReadonlySet<number> = new Set([
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.SASL_AUTHENTICATION_FAILED
])

const fencing: ReadonlySet<number> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.GROUP_ID_NOT_FOUND
])

/** Whether a code says that who asks is not in the group, or no longer in that generation. */
export const isFencing = (errorCode: number): boolean => fencing.has(errorCode)

const hints: ReadonlyMap<number, string> = new Map([
  [ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "give the group a name that no other kind of consumer uses"],
  [ErrorCode.INVALID_SESSION_TIMEOUT, "choose a session timeout that the broker allows"],
  [ErrorCode.INVALID_GROUP_ID, "give the group another name"],
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "see whether the topic was deleted"]
])

/** One sentence for each way in which a request to a group fails. */
export const groupErrors = ({ brokers, group, requestTimeoutMs }: GroupErrorContext) => {
  const error = (operation: GroupOperation, reason: ConsumerGroupError["reason"], message: string, cause?: unknown) =>
    new ConsumerGroupError({ operation, reason, group, message, ...(cause === undefined ? {} : { cause }) })
  return {
    refused: (operation: GroupOperation, errorCode: number): ConsumerGroupError => {
      const code = errorName(errorCode)
      if (unauthorized.has(errorCode)) {
        const message = `The broker does not let us use group ${group} (${code}): ask for the right to.`
        return error(operation, "Unauthorized", message)
      }
      const hint = hints.get(errorCode) ?? "see the broker's own log"
      return error(operation, "Refused", `The coordinator of group ${group} refused us (${code}): ${hint}.`)
    },
    unanswered: (operation: GroupOperation, cause: ClientFailure): ConsumerGroupError => {
      if (cause.reason === "Untrusted" || cause.reason === "Unauthorized") {
        return error(operation, "Unauthorized", cause.message, cause)
      }
      if (!mayPass(cause)) return error(operation, "Refused", cause.message, cause)
      if (cause.reason === "Unwelcome") return error(operation, "Unreachable", cause.message, cause)
      const todo = "start one with `odradek broker`, or name another with --brokers"
      return error(operation, "Unreachable", `No broker at ${brokers} answers for group ${group}: ${todo}.`, cause)
    },
    waiting: (why: string, cause?: ClientFailure): ConsumerGroupError =>
      error("join", "Unreachable", `Group ${group} waits for its coordinator: ${why}`, cause),
    late: (operation: GroupOperation, why: string | undefined): ConsumerGroupError => {
      const reason = why === undefined ? "" : ` (${why})`
      const message = `The coordinator of group ${group} did not answer within ${requestTimeoutMs} ms${reason}: try again later.`
      return error(operation, "Unreachable", message)
    },
    fenced: (why: string): ConsumerGroupError =>
      error("commit", "Fenced", `Nothing was committed, because ${why}: leave the partitions to whoever has them now.`),
    rebalancing: error(
      "commit",
      "Rebalancing",
      `Nothing was committed, because group ${group} is sharing out its partitions anew: commit again in a moment.`
    )
  }
}
