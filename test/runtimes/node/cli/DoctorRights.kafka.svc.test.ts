import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type AclEntry
} from "kafkajs"
import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, expect, it } from "vitest"
import { service } from "../../../services/index.ts"
import { type Ended, odradek } from "./Odradek.ts"

const { address, secure } = service("kafka")
const { password, username } = secure.user
const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin()
const run = randomUUID()
const given: Array<AclEntry> = []

beforeAll(() => admin.connect())
afterAll(async () => {
  const filters = given.map(({ resourceName, resourcePatternType, resourceType }) => ({
    resourceName,
    resourcePatternType,
    resourceType,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY
  }))
  if (filters.length > 0) await admin.deleteAcls({ filters })
  await admin.disconnect()
})

type Resource = "topic" | "group"

const rule = async (
  kind: Resource,
  resourceName: string,
  operation: AclOperationTypes,
  permissionType = AclPermissionTypes.ALLOW
): Promise<void> => {
  const entry: AclEntry = {
    resourceType: kind === "topic" ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${username}`,
    host: "*",
    operation,
    permissionType
  }
  given.push(entry)
  await admin.createAcls({ acl: [entry] })
}

/** A topic of one partition on which the user may do these things, and no others. */
const topicWith = async (name: string, ...operations: ReadonlyArray<AclOperationTypes>): Promise<string> => {
  const topic = `rights-${name}-${run}`
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  for (const operation of operations) await rule("topic", topic, operation)
  return topic
}

const doctor = (...args: ReadonlyArray<string>): Promise<Ended> => {
  const flags = ["--brokers", secure.address, "--tls-authority", secure.ca, "--username", username]
  const environment = { ODRADEK_PASSWORD: password }
  return odradek(["doctor", ...flags, "--sasl", "scram-sha-512", "--json", ...args], { environment })
}

/** What the check of that name says, by `odradek doctor`. */
const said = async (name: string, ...args: ReadonlyArray<string>) => {
  const { code, stdout } = await doctor(...args)
  const checks = stdout
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line))
  expect(stdout).not.toContain(password)
  const { advice, message, status } = checks.find(({ check }) => check === name) ?? {}
  return { code, status, message, advice }
}

const grant = (flags: string): string =>
  `grant it with kafka-acls --add --allow-principal User:${username} ${flags}, and remove what denies it`

it("a user without the right to write to a topic is warned of, and how it is granted", async () => {
  const topic = await topicWith("read", AclOperationTypes.READ, AclOperationTypes.DESCRIBE_CONFIGS)
  expect(await said("rights", "--topics", topic)).toEqual({
    code: 0,
    status: "warning",
    message: `User:${username} may read ${topic} and not append to it, which is right where it only replicates`,
    advice: grant(`--operation Write --topic ${topic}`)
  })
})

it("a user without the right to read a topic fails, and its ends are not read", async () => {
  const topic = await topicWith("write", AclOperationTypes.WRITE)
  expect(await said("rights", "--topics", topic)).toEqual({
    code: 1,
    status: "failed",
    message: `User:${username} may not read ${topic}, only append to it`,
    advice: grant(`--operation Read --operation DescribeConfigs --topic ${topic}`)
  })
  expect(await said("reads", "--topics", topic)).toMatchObject({ status: "skipped" })
})

it("a user without the right to see the settings of a topic is warned of that alone", async () => {
  const topic = await topicWith("both", AclOperationTypes.READ, AclOperationTypes.WRITE)
  expect(await said("rights", "--topics", topic)).toMatchObject({
    code: 0,
    status: "warning",
    advice: grant(`--operation DescribeConfigs --topic ${topic}`)
  })
  expect(await said("settings", "--topics", topic)).toMatchObject({ status: "skipped" })
})

it("a topic that is not shown to a user fails, whether it is there or not", async () => {
  const topic = await topicWith("hidden")
  await rule("topic", topic, AclOperationTypes.DESCRIBE, AclPermissionTypes.DENY)
  expect(await said("topic", "--topics", topic)).toEqual({
    code: 1,
    status: "failed",
    message: `the brokers do not show ${topic} to User:${username}, be it there or not`,
    advice: grant(`--operation Read --topic ${topic}`)
  })
})

it("a topic that is missing, and that a user may not create, is to be created by others", async () => {
  const topic = `rights-missing-${run}`
  await rule("topic", topic, AclOperationTypes.READ)
  expect(await said("topic", "--topics", topic)).toMatchObject({
    status: "failed",
    message: `${topic} does not exist`,
    advice: `have it created: User:${username} lacks the right to it`
  })
})

it("a user who may do everything is well, and so are those whom no ACL speaks of", async () => {
  const topic = await topicWith("all", AclOperationTypes.ALL)
  const open = await topicWith("open")
  for (const name of [topic, open]) {
    expect(await said("rights", "--topics", name)).toMatchObject({
      code: 0,
      status: "ok",
      message: `User:${username} may read ${name}, append to it, and see its settings`
    })
  }
})

it("a user who may not be a member of a group fails, and how it is granted is said", async () => {
  const [closed, half, open] = [`rights-closed-${run}`, `rights-half-${run}`, `rights-open-${run}`]
  // A cluster makes the topic of its groups when it is first asked about one, and says until then that nobody coordinates.
  await admin.describeGroups([closed, half, open])
  await rule("group", closed, AclOperationTypes.DESCRIBE, AclPermissionTypes.DENY)
  await rule("group", half, AclOperationTypes.DESCRIBE)
  for (const group of [closed, half]) {
    expect(await said("group", "--group", group)).toEqual({
      code: 1,
      status: "failed",
      message: `User:${username} may not be a member of group ${group}`,
      advice: grant(`--operation Read --group ${group}`)
    })
  }
  expect(await said("group", "--group", open)).toMatchObject({ code: 0, status: "ok" })
})
