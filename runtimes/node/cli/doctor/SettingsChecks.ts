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

const numberOf = ({ settings }: TopicFindings, name: string): number | undefined => {
  const text = settings.get(name)
  const value = Number(text)
  return text === undefined || Number.isNaN(value) ? undefined : value
}

const cleanup = ({ settings, topic }: TopicFindings): Check => {
  const { fail, ok, skip } = check("cleanup", topic)
  const policy = settings.get("cleanup.policy")
  if (policy === undefined) return skip(`the broker does not show cleanup.policy of ${topic}`)
  const set = "set cleanup.policy=delete"
  return policy.split(",").some((each) => each.trim() === "compact")
    ? fail(`cleanup.policy of ${topic} is ${policy}, which removes all but the last events of a journal`, set)
    : ok(`cleanup.policy of ${topic} is ${policy}`)
}

const retention = (findings: TopicFindings): Check => {
  const { topic } = findings
  const { ok, skip, warn } = check("retention", topic)
  const ms = numberOf(findings, "retention.ms")
  const bytes = numberOf(findings, "retention.bytes")
  if (ms === undefined) return skip(`the broker does not show retention.ms of ${topic}`)
  if (bytes !== undefined && bytes >= 0) {
    const message = `${topic} deletes what is beyond ${bytes} bytes of a partition, replicated or not`
    return warn(message, "set retention.bytes=-1, so that only age deletes")
  }
  if (ms < 0) return ok(`${topic} deletes nothing by itself`)
  const message = `${topic} deletes records after ${durationText(ms)}`
  return ms < dayMs
    ? warn(`${message}: events are lost when replication stops for longer`, "set retention.ms to some days, or to -1")
    : ok(`${message}, by when they have to be replicated`)
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
  [cleanup, retention, durability, size, timestamps].map((judge) => judge(findings))
