import { expect, it } from "vitest"
import type { Check } from "../../../../../runtimes/node/cli/doctor/Check.ts"
import {
  retentionOf,
  settingsChecks,
  type TopicFindings
} from "../../../../../runtimes/node/cli/doctor/SettingsChecks.ts"

const good = {
  "cleanup.policy": "delete",
  "retention.ms": "604800000",
  "retention.bytes": "-1",
  "min.insync.replicas": "2",
  "max.message.bytes": "1048588",
  "message.timestamp.type": "CreateTime"
}

const findings = (over: Readonly<Record<string, string>>, more: Partial<TopicFindings> = {}): TopicFindings => ({
  topic: "orders",
  settings: new Map(Object.entries({ ...good, ...over })),
  replicas: 3,
  brokers: 3,
  batchBytes: 524_288,
  ...more
})

const found = (name: string, over: Readonly<Record<string, string>>, more?: Partial<TopicFindings>): Check => {
  const check = settingsChecks(findings(over, more)).find((each) => each.name === name)
  if (check === undefined) throw new Error(`there is no check ${name}`)
  return check
}

it("the settings of a good topic are all well, one line each", () => {
  expect(settingsChecks(findings({})).map(({ name, status }) => `${name} ${status}`)).toEqual([
    "cleanup ok",
    "retention ok",
    "durability ok",
    "size ok",
    "timestamps ok"
  ])
})

it("a broker that does not show a setting makes its check skipped", () => {
  const checks = settingsChecks({ ...findings({}), settings: new Map() })
  expect(checks.map(({ status }) => status)).toEqual(["skipped", "skipped", "skipped", "skipped", "skipped"])
})

it.each(["compact", "compact,delete", "delete, compact"])(
  "cleanup.policy %s has failed: it removes events",
  (policy) => {
    expect(found("cleanup", { "cleanup.policy": policy })).toMatchObject({
      status: "failed",
      message: `cleanup.policy of orders is ${policy}, which removes all but the last events of a journal`,
      advice: "set cleanup.policy=delete"
    })
  }
)

it("age and size count only once the policy is to delete, and are judged all the same", () => {
  expect(found("retention", { "cleanup.policy": "compact", "retention.ms": "60000" })).toMatchObject({
    status: "warning",
    message:
      "orders would, with cleanup.policy=delete, delete records after 1 min: events are lost when replication stops for longer"
  })
  expect(retentionOf(new Map([...Object.entries(good), ["cleanup.policy", "compact"]]))).toBe(-1)
})

it("an age and a size that are too small are both told", () => {
  const checks = settingsChecks(findings({ "retention.ms": "3600000", "retention.bytes": "1" }))
  expect(checks.filter(({ name }) => name === "retention").map(({ advice }) => advice)).toEqual([
    "set retention.bytes=-1, so that only age deletes",
    "set retention.ms to some days, or to -1"
  ])
})

it("a topic that keeps everything is well", () => {
  expect(found("retention", { "retention.ms": "-1" })).toMatchObject({
    status: "ok",
    message: "orders deletes nothing by itself"
  })
})

it("a retention of less than a day is a warning: so long a replicator may be down", () => {
  expect(found("retention", { "retention.ms": "3600000" })).toMatchObject({
    status: "warning",
    message: "orders deletes records after 1 h: events are lost when replication stops for longer",
    advice: "set retention.ms to some days, or to -1"
  })
})

it("a retention by size is a warning: it asks nobody", () => {
  expect(found("retention", { "retention.bytes": "1000000" })).toMatchObject({
    status: "warning",
    message: "orders deletes what is beyond 1000000 bytes of a partition, replicated or not",
    advice: "set retention.bytes=-1, so that only age deletes"
  })
})

it("more replicas in sync than there are has failed: no append is taken", () => {
  expect(found("durability", { "min.insync.replicas": "2" }, { replicas: 1 })).toMatchObject({
    status: "failed",
    message: "min.insync.replicas of orders is 2, with replicas: 1; every append is refused"
  })
})

it("one replica is a warning where there are more brokers, and well where there is one", () => {
  const setting = { "min.insync.replicas": "1" }
  expect(found("durability", setting, { replicas: 1 }).status).toBe("warning")
  expect(found("durability", setting, { replicas: 1, brokers: 1 }).status).toBe("ok")
})

it("appends that need all replicas, or one alone, are warnings", () => {
  expect(found("durability", { "min.insync.replicas": "3" })).toMatchObject({
    status: "warning",
    advice: "set min.insync.replicas=2"
  })
  expect(found("durability", { "min.insync.replicas": "1" })).toMatchObject({
    status: "warning",
    advice: "set min.insync.replicas=2"
  })
})

it("a topic that takes less than appends are sent in is a warning", () => {
  expect(found("size", { "max.message.bytes": "1000" })).toMatchObject({
    status: "warning",
    message: "orders takes batches of 1000 bytes, less than the 524288 that appends are sent in",
    advice: "set max.message.bytes=1048588"
  })
})

it("a topic whose events get the broker's time is a warning", () => {
  expect(found("timestamps", { "message.timestamp.type": "LogAppendTime" })).toMatchObject({
    status: "warning",
    advice: "set message.timestamp.type=CreateTime"
  })
})
