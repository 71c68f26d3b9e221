import { type AppendRequest, CommitLogError } from "../ports/index.ts"
import type { PendingAppend } from "./AppendLane.ts"
import type { SendFailure } from "./SendFailure.ts"

type Place = Pick<AppendRequest, "topic" | "partition">

const nameOf = ({ partition, topic }: Place): string => `${topic}-${partition}`

/** An append that failed. */
export const appendError = (
  { partition, topic }: Place,
  reason: CommitLogError["reason"],
  message: string,
  cause?: unknown
): CommitLogError =>
  new CommitLogError({
    operation: "append",
    reason,
    topic,
    partition,
    message,
    ...(cause === undefined ? {} : { cause })
  })

/** What is known of where an append went, for people; the limit is the topic's `max.message.bytes`, as far as it is known. */
export interface FailedPlace extends Place {
  readonly brokers: string
  readonly limit: number | undefined
}

/** One sentence for each way in which a send fails. */
export const failedSend = (place: FailedPlace, failure: SendFailure): CommitLogError => {
  const { brokers, limit, topic } = place
  const { cause, reason, type } = failure
  const name = nameOf(place)
  const said = type ?? (cause instanceof Error ? cause.message : String(cause))
  const most = limit === undefined ? "max.message.bytes" : `max.message.bytes, which is ${limit}`
  const sentences: Readonly<Record<string, string>> = {
    TooLarge: `A record is larger than topic ${topic} takes (${said}): split it, or raise ${most}.`,
    UnknownTopic: `Partition ${name} does not exist on this cluster: create it, or use another name.`,
    Unauthorized: `The broker does not let us append to ${name} (${said}): ask for the right to.`,
    Unreachable: `Nothing was appended to ${name}, no broker took it at ${brokers} (${said}): append it again.`,
    Unknown: `The answer to an append to ${name} is lost (${said}): read the log to see whether the record is there.`
  }
  const message = sentences[reason] ?? `The broker refused an append to ${name} (${said}): change the record.`
  return appendError(place, reason, message, cause)
}

/** Why a record is not even sent that is larger than its topic takes; sizes are in bytes. */
export const beyondLimit = (request: AppendRequest, size: number, limit: number): CommitLogError => {
  const takes = `topic ${request.topic} takes at most ${limit}`
  return appendError(
    request,
    "TooLarge",
    `A record needs ${size} bytes and ${takes}: split it, or raise max.message.bytes.`
  )
}

/** Why an append has no answer when the wait for it ends. */
export const unended = ({ picked, request }: PendingAppend, when: string): CommitLogError => {
  const name = nameOf(request)
  const lost = `No answer to an append to ${name} came ${when}: read the log to see whether the record is there.`
  const unsent = `An append to ${name} did not get its turn ${when}, nothing was written: append it again.`
  return picked ? appendError(request, "Unknown", lost) : appendError(request, "Unreachable", unsent)
}

/** Why an append is not sent that would come after a failed one of its key. */
export const heldBack = (request: AppendRequest): CommitLogError => {
  const message = `An append to ${nameOf(request)} was not sent, because one before it with the same key failed: append both again.`
  return appendError(request, "Refused", message)
}
