import { expect, it } from "vitest"
import type { PartitionInfo, TopicInfo } from "../../../../../core/client/index.ts"
import { ErrorCode } from "../../../../../core/protocol/index.ts"
import { leadersCheck, readsCheck, topicCheck } from "../../../../../runtimes/node/cli/doctor/TopicChecks.ts"

const partition = (number: number, over: Partial<PartitionInfo> = {}): PartitionInfo => ({
  partition: number,
  errorCode: 0,
  leader: 1,
  replicas: [1, 2, 3],
  inSync: [1, 2, 3],
  ...over
})

const topic = (partitions: ReadonlyArray<PartitionInfo>, errorCode = 0): TopicInfo => ({
  name: "orders",
  errorCode,
  partitions,
  operations: undefined
})

const principal = "User:alice"

it("a topic is told with its partitions and replicas", () => {
  expect(topicCheck(topic([partition(0), partition(1)]), principal)).toMatchObject({
    status: "ok",
    message: "orders has 2 partitions, 3 replicas of each"
  })
})

it("a topic that is not there has failed, and how it comes about is said", () => {
  expect(topicCheck(topic([], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), principal)).toMatchObject({
    status: "failed",
    message: "orders does not exist",
    advice: "create it, or append to it where the brokers create topics themselves"
  })
})

it("a name that no topic can have has failed, and which can be had is said", () => {
  expect(topicCheck(topic([], ErrorCode.INVALID_TOPIC_EXCEPTION), principal)).toMatchObject({
    status: "failed",
    message: "orders is no topic's name",
    advice: "name one of 1 to 249 letters, digits, dots, underscores and hyphens"
  })
})

it("a topic that is not there and that we may not create is to be created by others", () => {
  const missing = topic([], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const advice = "have it created: User:alice lacks the right to it"
  expect(topicCheck({ ...missing, operations: new Set(["Read"]) }, principal)).toMatchObject({ advice })
  expect(topicCheck({ ...missing, operations: new Set(["Create"]) }, principal)).not.toMatchObject({ advice })
})

it("a topic that we may not see, or that the broker refuses, has failed, and says for whom or with which code", () => {
  expect(topicCheck(topic([], ErrorCode.TOPIC_AUTHORIZATION_FAILED), principal)).toMatchObject({
    status: "failed",
    message: "the brokers do not show orders to User:alice, be it there or not",
    advice:
      "grant it with kafka-acls --add --allow-principal User:alice --operation Read --topic orders, and remove what denies it"
  })
  expect(topicCheck(topic([], ErrorCode.UNKNOWN_SERVER_ERROR), principal)).toMatchObject({
    status: "failed",
    message: "orders cannot be used (UNKNOWN_SERVER_ERROR)"
  })
})

it("partitions with leaders and all replicas in sync are well", () => {
  expect(leadersCheck(topic([partition(0)]), 2).status).toBe("ok")
})

it("partitions without a leader are named, the first few of many", () => {
  const leaderless = [0, 1, 2, 3, 4].map((number) => partition(number, { leader: undefined, inSync: [] }))
  expect(leadersCheck(topic(leaderless), 2)).toMatchObject({
    status: "failed",
    message: "orders-0, orders-1, orders-2 and 2 more without a leader",
    advice: "start the brokers that hold their replicas"
  })
})

it("a partition with fewer replicas in sync than an append needs has failed", () => {
  expect(leadersCheck(topic([partition(0), partition(1, { inSync: [1] })]), 2)).toMatchObject({
    status: "failed",
    message: "orders-1 with fewer replicas in sync than min.insync.replicas (2): appends are refused"
  })
})

it("a partition with replicas out of sync that takes appends all the same is a warning", () => {
  expect(leadersCheck(topic([partition(0, { inSync: [1, 2] })]), 2)).toMatchObject({
    status: "warning",
    message: "orders-0 with replicas that are not in sync"
  })
})

it("a topic whose ends are read is told with how much it holds", () => {
  expect(
    readsCheck("orders", [
      { partition: 0, logStart: 5, end: 10 },
      { partition: 1, logStart: 0, end: 2 }
    ])
  ).toMatchObject({ status: "ok", message: "every partition of orders is read at its start and end, 7 offsets in all" })
})

it("a partition that cannot be read has failed with what the read said, and how many more", () => {
  const failure = "The broker cannot serve orders-1 (KAFKA_STORAGE_ERROR): see the broker's own log."
  expect(
    readsCheck("orders", [
      { partition: 0, logStart: 0, end: 1 },
      { partition: 1, failure },
      { partition: 2, failure }
    ])
  ).toMatchObject({
    status: "failed",
    message:
      "orders-1: The broker cannot serve orders-1 (KAFKA_STORAGE_ERROR), and 1 more of its partitions cannot be read",
    advice: "see the broker's own log"
  })
})
