import { randomUUID } from "node:crypto"
import { createServer } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { service } from "../../../services/index.ts"
import { odradek } from "./Odradek.ts"
import { secret, tellsWhatIsWrong, without, type WrongSetting } from "./WrongSettings.ts"

const kafka = service("kafka").address
const dynamoDb = service("dynamodb")
const topic = `wrong-table-${randomUUID()}`
const credentials = { AWS_ACCESS_KEY_ID: "somebody", AWS_SECRET_ACCESS_KEY: secret }

// One who hangs up on everybody, as a server does that speaks something else.
const rude = createServer((socket) => socket.destroy())
let rudePort = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve))
  const at = rude.address()
  rudePort = typeof at === "object" && at !== null ? at.port : 0
  const appended = await odradek(["journal", "append", topic, "a", "--brokers", kafka], { input: '{"payload":1}\n' })
  expect(appended.code).toBe(0)
})
afterAll(() => new Promise((resolve) => rude.close(resolve)))

const table = (endpoint: string): ReadonlyArray<string> => [
  "--store",
  `dynamodb://local/wrong-${process.pid}?endpoint=${endpoint}`
]

const wrong: ReadonlyArray<() => WrongSetting> = [
  () => ({
    name: "a host that nobody has",
    flags: table("http://nowhere.invalid:8000"),
    environment: credentials,
    says: /The host of DynamoDB table .* is unknown .*correct the region or the endpoint/s
  }),
  () => ({
    name: "a port at which nobody listens",
    flags: table("http://127.0.0.1:1"),
    says: /cannot be reached .*check that it is up, and the region and the endpoint/s
  }),
  () => ({
    name: "TLS to a port without",
    flags: table(dynamoDb.endpoint.replace("http:", "https:")),
    says: /does not speak TLS at this endpoint.*write http:\/\/ there, or name another port/s
  }),
  () => ({
    name: "a port that hangs up",
    flags: table(`http://127.0.0.1:${rudePort}`),
    says: /cannot be reached .*check that it is up, and the region and the endpoint/s
  }),
  () => ({
    name: "no credentials",
    flags: ["--store", "dynamodb://eu-west-1/journal"],
    environment: { AWS_EC2_METADATA_DISABLED: "true", HOME: "/nonexistent" },
    says: /There are no AWS credentials for DynamoDB table journal \(region eu-west-1\).*set AWS_ACCESS_KEY_ID/s
  }),
  () => ({
    name: "a driver that is not installed",
    flags: table(dynamoDb.endpoint),
    environment: without("@aws-sdk/client-dynamodb"),
    says: /The package @aws-sdk\/client-dynamodb cannot be loaded.*install it with `npm install @aws-sdk\/client-dynamodb`/s
  })
]

describe("every command says in one sentence what is wrong with a table of DynamoDB", () => {
  for (const setting of wrong) {
    it(setting().name, () => {
      const { flags, ...rest } = setting()
      return tellsWhatIsWrong(topic, { ...rest, flags: ["--brokers", kafka, ...flags] })
    })
  }
})

it("the doctor says that a table is not there, and makes none", async () => {
  for (const _ of [1, 2]) {
    const ended = await odradek(["doctor", "--brokers", kafka, ...table(dynamoDb.endpoint)])
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(/does not exist\n +-> let a replicator make it, or correct the table's name/)
  }
})
