import { Kafka, logLevel } from "kafkajs"
import type { KafkaConfig, SASLOptions } from "kafkajs"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { service } from "../index.ts"
import type { KafkaService, Login } from "../index.ts"

const client = (config: Partial<KafkaConfig>): Kafka =>
  new Kafka({
    clientId: "odradek-services",
    brokers: [service("kafka").address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...config
  })

const secure = (login: Login, mechanism: KafkaService["secure"]["mechanisms"][number]): Kafka => {
  const { address, ca } = service("kafka").secure
  const sasl = { mechanism: mechanism.toLowerCase(), ...login } as SASLOptions
  return client({ brokers: [address], ssl: { ca: [readFileSync(ca)] }, sasl })
}

const topicsOf = async (kafka: Kafka): Promise<ReadonlyArray<string>> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

describe("the Kafka that is started", () => {
  it("makes a topic that is written to, with three partitions", async () => {
    const topic = `listeners-${randomUUID()}`
    const producer = client({ retry: { retries: 5 } }).producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ value: "one" }] })
    await producer.disconnect()
    const admin = client({}).admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.disconnect()
    expect(topics[0]?.partitions).toHaveLength(3)
  })

  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    it(`lets both users in by ${mechanism} over TLS, and nobody with another password`, async () => {
      const { superuser, user } = service("kafka").secure
      await expect(topicsOf(secure(superuser, mechanism))).resolves.toBeInstanceOf(Array)
      await expect(topicsOf(secure(user, mechanism))).resolves.toBeInstanceOf(Array)
      await expect(topicsOf(secure({ ...user, password: "another" }, mechanism))).rejects.toThrow(/authentication/i)
    })
  }
})
