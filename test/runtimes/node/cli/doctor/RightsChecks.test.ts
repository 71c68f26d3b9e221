import * as Redacted from "effect/Redacted"
import { expect, it } from "vitest"
import type { AclOperation } from "../../../../../core/client/index.ts"
import {
  grant,
  groupRightsCheck,
  idempotenceChecks,
  principalOf,
  topicRightsCheck
} from "../../../../../runtimes/node/cli/doctor/RightsChecks.ts"
import { nodeScram } from "../../../../../adapters/crypto/index.ts"

const alice = "User:alice"

const topic = (...operations: ReadonlyArray<AclOperation>) =>
  topicRightsCheck(alice, { name: "orders", operations: new Set(operations) })

it("brokers take us for the user of SASL, for nobody, or for whom the certificate is", () => {
  const password = Redacted.make("secret")
  const sasl = { mechanism: "plain", username: "alice", password, crypto: nodeScram } as const
  expect(principalOf({ sasl })).toBe(alice)
  expect(principalOf({})).toBe("User:ANONYMOUS")
  expect(principalOf({ tls: {} })).toBe("User:ANONYMOUS")
  expect(principalOf({ tls: { certificate: "PEM", key: "PEM" } })).toBe("the user of this certificate")
})

it("what is granted can be given to a shell", () => {
  expect(grant("User:o'hara", ["Read"], ["--topic", "orders"])).toContain(`--allow-principal 'User:o'\\''hara'`)
  expect(grant("the user of this certificate", ["Read"], ["--topic", "orders"])).toContain("User:NAME")
})

it("who may do everything with a topic is well", () => {
  expect(topic("Read", "Write", "Describe", "DescribeConfigs").status).toBe("ok")
})

it("who may not read has failed, and what is missing is granted at once", () => {
  expect(topic("Write", "Describe", "DescribeConfigs")).toMatchObject({
    status: "failed",
    message: "User:alice may not read orders, only append to it",
    advice:
      "grant it with kafka-acls --add --allow-principal User:alice --operation Read --topic orders, and remove what denies it"
  })
  expect(topic("Describe").advice).toContain("--operation Read --operation Write --operation DescribeConfigs")
})

it("who may not append, or not see settings, is warned: a replicator needs neither", () => {
  expect(topic("Read", "DescribeConfigs")).toMatchObject({
    status: "warning",
    message: "User:alice may read orders and not append to it, which is right where it only replicates"
  })
  expect(topic("Read", "Write")).toMatchObject({
    status: "warning",
    message: "User:alice may not see the settings of orders, which are not checked for that"
  })
})

it("where brokers do not tell, nothing is claimed", () => {
  expect(topicRightsCheck(alice, { name: "orders", operations: undefined }).status).toBe("skipped")
  expect(groupRightsCheck(alice, "g", { errorCode: 0, operations: undefined }).status).toBe("skipped")
  expect(idempotenceChecks(alice, { clusterId: "c", operations: undefined })).toEqual([])
})

it("brokers that want a right for numbered appends are told of, where it is missing", () => {
  expect(idempotenceChecks(alice, { clusterId: "c", operations: new Set(["IdempotentWrite"]) })).toEqual([])
  expect(idempotenceChecks(alice, { clusterId: "c", operations: new Set(["Describe"]) })).toMatchObject([
    { status: "warning", advice: expect.stringContaining("--operation IdempotentWrite --cluster") }
  ])
})

it("a group that cannot be asked for for another reason has failed with its code", () => {
  expect(groupRightsCheck(alice, "g", { errorCode: 24, operations: undefined })).toMatchObject({
    status: "failed",
    message: "group g cannot be asked for (INVALID_GROUP_ID)"
  })
})
