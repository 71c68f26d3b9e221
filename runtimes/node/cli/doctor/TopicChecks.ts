import type { TopicInfo } from "../../../../core/client/index.ts"
import { ErrorCode, errorName } from "../../../../core/protocol/index.ts"
import { type Check, check, inClauses } from "./Check.ts"
import { grant } from "./RightsChecks.ts"
import { counted, few } from "./Words.ts"

/** Whether the topic is there, for whom the brokers take us for. */
export const topicCheck = ({ errorCode, name, operations, partitions }: TopicInfo, principal: string): Check => {
  const { fail, ok } = check("topic", name)
  if (errorCode === ErrorCode.NONE) {
    const replicas = Math.min(...partitions.map((each) => each.replicas.length))
    return ok(`${name} has ${counted(partitions.length, "partition")}, ${counted(replicas, "replica")} of each`)
  }
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    const create = "create it, or append to it where the brokers create topics themselves"
    const advice = operations?.has("Create") === false ? `have it created: ${principal} lacks the right to it` : create
    return fail(`${name} does not exist`, advice)
  }
  if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) {
    const advice = grant(principal, ["Read"], ["--topic", name])
    return fail(`the brokers do not show ${name} to ${principal}, be it there or not`, advice)
  }
  if (errorCode === ErrorCode.INVALID_TOPIC_EXCEPTION) {
    return fail(`${name} is no topic's name`, "name one of 1 to 249 letters, digits, dots, underscores and hyphens")
  }
  return fail(`${name} cannot be used (${errorName(errorCode)})`, "see the brokers' own logs")
}

/** Whether every partition has a leader and enough replicas; `minInSync` is the topic's setting, where it is known. */
export const leadersCheck = ({ name, partitions }: TopicInfo, minInSync: number | undefined): Check => {
  const { fail, ok, warn } = check("leaders", name)
  const places = (some: typeof partitions): string => few(some.map(({ partition }) => `${name}-${partition}`))
  const leaderless = partitions.filter(({ leader }) => leader === undefined)
  if (leaderless.length > 0) {
    return fail(`${places(leaderless)} without a leader`, "start the brokers that hold their replicas")
  }
  const closed = partitions.filter(({ inSync }) => inSync.length < (minInSync ?? 1))
  if (closed.length > 0) {
    const message = `${places(closed)} with fewer replicas in sync than min.insync.replicas (${minInSync ?? 1})`
    return fail(`${message}: appends are refused`, "start the brokers that hold the other replicas")
  }
  const behind = partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length)
  if (behind.length > 0) {
    return warn(`${places(behind)} with replicas that are not in sync`, "see whether all brokers run and keep up")
  }
  return ok(`every partition of ${name} has its leader, and all replicas in sync`)
}

/** One partition as it was read: its ends, or the sentence that says why it was not. */
export type ReadPartition =
  | { readonly partition: number; readonly logStart: number; readonly end: number }
  | { readonly partition: number; readonly failure: string }

/** Whether every partition can be read at its start and at its end. */
export const readsCheck = (topic: string, partitions: ReadonlyArray<ReadPartition>): Check => {
  const { fail, ok } = check("reads", topic)
  const failed = partitions.flatMap((each) => ("failure" in each ? [each] : []))
  const [first] = failed
  if (first === undefined) {
    const records = partitions.reduce((sum, each) => sum + ("end" in each ? each.end - each.logStart : 0), 0)
    return ok(`every partition of ${topic} is read at its start and end, ${counted(records, "offset")} in all`)
  }
  const { advice, message } = inClauses(first.failure)
  const others = failed.length === 1 ? "" : `, and ${failed.length - 1} more of its partitions cannot be read`
  return fail(`${topic}-${first.partition}: ${message}${others}`, advice ?? "see the brokers' own logs")
}
