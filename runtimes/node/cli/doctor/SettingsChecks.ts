import { type Check, check } from "./Check.ts"
import { durationText } from "./Words.ts"

/** What the checks of a topic's settings look at; `batchBytes` is how large the batches are that are appended. */
export interface TopicFindings {
  readonly topic: string
  readonly settings: ReadonlyMap<string, string>
  readonly replicas: number
  readonly brokers: number
  readonly batchBytes: number
}

const dayMs = 86_400_000

const numberOf = ({ settings }: TopicFindings, name: string): number | undefined => numberIn(settings, name)

/** A setting that is a number, where the broker shows it. */
export const numberIn = (settings: ReadonlyMap<string, string>, name: string): number | undefined => {
  const value = Number(settings.get(name))
  return Number.isNaN(value) ? undefined : value
}

/** Whether the policy is known and does not delete by age and size. */
const keepsOld = (settings: ReadonlyMap<string, string>): boolean =>
  settings.get("cleanup.policy")?.includes("delete") === false

/** After how many milliseconds the topic deletes records; -1 for never, `undefined` where the broker does not show it. */
export const retentionOf = (settings: ReadonlyMap<string, string>): number | undefined =>
  keepsOld(settings) ? -1 : numberIn(settings, "retention.ms")

const cleanup = ({ settings, topic }: TopicFindings): Check => {
  const { fail, ok, skip } = check("cleanup", topic)
  const policy = settings.get("cleanup.policy")
  if (policy === undefined) return skip(`the broker does not show cleanup.policy of ${topic}`)
  const set = "set cleanup.policy=delete"
  return policy.split(",").some((each) => each.trim() === "compact")
    ? fail(`cleanup.policy of ${topic} is ${policy}, which removes all but the last events of a journal`, set)
    : ok(`cleanup.policy of ${topic} is ${policy}`)
}

const retention = (findings: TopicFindings): ReadonlyArray<Check> => {
  const { settings, topic } = findings
  const { ok, skip, warn } = check("retention", topic)
  const deletes = keepsOld(settings) ? `${topic} would, with cleanup.policy=delete, delete` : `${topic} deletes`
  const ms = numberOf(findings, "retention.ms")
  const bytes = numberOf(findings, "retention.bytes")
  if (ms === undefined) return [skip(`the broker does not show retention.ms of ${topic}`)]
  const found: Array<Check> = []
  if (bytes !== undefined && bytes >= 0) {
    const message = `${deletes} what is beyond ${bytes} bytes of a partition, replicated or not`
    found.push(warn(message, "set retention.bytes=-1, so that only age deletes"))
  }
  const message = `${deletes} records after ${durationText(ms)}`
  if (ms >= 0 && ms < dayMs) {
    const lost = `${message}: events are lost when replication stops for longer`
    found.push(warn(lost, "set retention.ms to some days, or to -1"))
  }
  if (found.length > 0) return found
  return [ok(ms < 0 ? `${deletes} nothing by itself` : `${message}, by when they have to be replicated`)]
}

const durability = (findings: TopicFindings): Check => {
  const { brokers, replicas, topic } = findings
  const { fail, ok, skip, warn } = check("durability", topic)
  const least = numberOf(findings, "min.insync.replicas")
  if (least === undefined) return skip(`the broker does not show min.insync.replicas of ${topic}`)
  if (least > replicas) {
    const message = `min.insync.replicas of ${topic} is ${least}, with replicas: ${replicas}; every append is refused`
    return fail(message, `add replicas, or set min.insync.replicas=${Math.max(1, replicas - 1)}`)
  }
  if (replicas === 1) {
    return brokers === 1
      ? ok(`${topic} has its only replica on the only broker`)
      : warn(`${topic} has one replica: what one broker loses is lost`, "give the topic three replicas")
  }
  if (least === replicas) {
    const message = `every append to ${topic} needs all ${replicas} replicas, and is refused when one broker is down`
    return warn(message, `set min.insync.replicas=${replicas - 1}`)
  }
  return replicas > 2 && least === 1
    ? warn(`an append to ${topic} may be acknowledged by one broker alone`, "set min.insync.replicas=2")
    : ok(`an append to ${topic} is on ${least} of ${replicas} replicas at least`)
}

const size = (findings: TopicFindings): Check => {
  const { batchBytes, topic } = findings
  const { ok, skip, warn } = check("size", topic)
  const most = numberOf(findings, "max.message.bytes")
  if (most === undefined) return skip(`the broker does not show max.message.bytes of ${topic}`)
  const message = `${topic} takes batches of ${most} bytes`
  return most < batchBytes
    ? warn(`${message}, less than the ${batchBytes} that appends are sent in`, "set max.message.bytes=1048588")
    : ok(message)
}

const timestamps = ({ settings, topic }: TopicFindings): Check => {
  const { ok, skip, warn } = check("timestamps", topic)
  const type = settings.get("message.timestamp.type")
  if (type === undefined) return skip(`the broker does not show message.timestamp.type of ${topic}`)
  return type === "CreateTime"
    ? ok(`events of ${topic} keep the time of their writer`)
    : warn(`events of ${topic} get the broker's time (${type})`, "set message.timestamp.type=CreateTime")
}

/** Whether the settings of a topic fit a journal. */
export const settingsChecks = (findings: TopicFindings): ReadonlyArray<Check> =>
  [cleanup, retention, durability, size, timestamps].flatMap((judge) => judge(findings))
