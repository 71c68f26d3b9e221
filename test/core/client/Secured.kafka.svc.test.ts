import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect } from "vitest"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import { TcpNetwork, TlsClientNetwork } from "../../../adapters/tcp/index.ts"
import { connectAdmin, GroupClient, KafkaClient, type Sasl, type SaslMechanism } from "../../../core/client/index.ts"
import { service } from "../../services/index.ts"
import { createTopic } from "./CreateTopic.ts"

const { host, port, secure } = service("kafka")
const ca = readFileSync(secure.ca, "utf8")
const open = { host, port }
const closed = { host: secure.host, port: secure.port }
const name = secure.address

const sasl = (mechanism: SaslMechanism, login = secure.user): Sasl => ({
  mechanism,
  username: login.username,
  password: Redacted.make(login.password),
  crypto: nodeScram
})

const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const

const topicsAt = (options: Omit<Parameters<typeof KafkaClient.make>[0], "requestTimeoutMs">) =>
  Effect.flatMap(KafkaClient.make({ requestTimeoutMs: 10_000, ...options }), (client) => client.topics)

describe.each(mechanisms)("over TLS, as somebody who is known by %s", (mechanism) => {
  it.live("a topic is made, asked for and read", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const topic = `secured-${randomUUID()}`
      const client = yield* KafkaClient.make({ network, bootstrap: [closed], sasl: sasl(mechanism) })
      expect(yield* client.partitions(topic, { create: true })).toBe(3)
      expect(yield* client.topics).toContain(topic)
      const page = yield* client.read({ topic, partition: 0, offset: 0, maxBytes: 1000, maxWaitMs: 0 })
      expect(page).toMatchObject({ records: [], stableEnd: 0 })
      const timeouts = { connectTimeoutMs: 5000, requestTimeoutMs: 5000 }
      const admin = yield* connectAdmin({
        network,
        address: closed,
        clientId: "test",
        sasl: sasl(mechanism),
        ...timeouts
      })
      expect((yield* admin.describe([topic])).brokers).toEqual([{ nodeId: 1, address: closed }])
      expect((yield* admin.settings(topic)).settings.get("cleanup.policy")).toBe("delete")
    })
  )

  it.live("a group is joined, committed to and left", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const topic = `secured-${randomUUID()}`
      yield* createTopic(TcpNetwork, open, topic, 1)
      const groupId = `secured-${randomUUID()}`
      const group = yield* GroupClient.make({ network, bootstrap: [closed], groupId, sasl: sasl(mechanism) })
      const assigned = yield* Deferred.make<void>()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const member = yield* group.join([topic], (event) =>
            event._tag === "Assigned" ? Effect.asVoid(Deferred.succeed(assigned, undefined)) : Effect.void
          )
          yield* Effect.timeout(Deferred.await(assigned), 20_000)
          yield* member.commit([{ topic, partition: 0, offset: 5 }])
        })
      )
      expect(yield* group.committed([{ topic, partition: 0 }])).toEqual([{ topic, partition: 0, offset: 5 }])
    })
  )

  it.live("a wrong password is told with mechanism, user and broker", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const who = sasl(mechanism, { username: secure.user.username, password: "not-this-one" })
      const error = yield* Effect.flip(topicsAt({ network, bootstrap: [closed], sasl: who }))
      expect(error).toMatchObject({
        reason: "Unauthorized",
        message: `The broker at ${name} does not take "${secure.user.username}" with this password by ${mechanism.toUpperCase()} (SASL_AUTHENTICATION_FAILED): check the user name, the password and the mechanism.`
      })
    })
  )

  it.live("a user whom nobody knows is told the same", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const who = sasl(mechanism, { username: "nobody", password: secure.user.password })
      const error = yield* Effect.flip(topicsAt({ network, bootstrap: [closed], sasl: who }))
      expect(error).toMatchObject({
        reason: "Unauthorized",
        message: expect.stringContaining('does not take "nobody"')
      })
    })
  )
})

describe("what one side does not expect", () => {
  it.live("a client without TLS is told of the port that speaks it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(topicsAt({ network: TcpNetwork, bootstrap: [closed], sasl: sasl("plain") }))
      expect(error.message).toBe(
        `The broker at ${name} has ended the connection with an alert of TLS: encrypt connections to this port (--tls).`
      )
    })
  )

  it.live("a client with TLS is told of the port that does not speak it", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const error = yield* Effect.flip(topicsAt({ network, bootstrap: [open] }))
      expect(error.message).toBe(
        `Cannot connect to ${host}:${port}: the other side ended the handshake of TLS: see whether it speaks TLS at this port.`
      )
    })
  )

  it.live("a broker of an authority that is not trusted is not told who is asking", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({})
      const error = yield* Effect.flip(topicsAt({ network, bootstrap: [closed], sasl: sasl("plain") }))
      expect(error).toMatchObject({ reason: "Unauthorized", message: expect.stringContaining("not of an authority") })
    })
  )

  it.live("a client without credentials is told that they are wanted", () =>
    Effect.gen(function* () {
      const network = yield* TlsClientNetwork.make({ ca })
      const error = yield* Effect.flip(topicsAt({ network, bootstrap: [closed] }))
      expect(error.message).toContain("as one does that wants credentials")
    })
  )

  it.live("a client with credentials is told of the port that wants none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(topicsAt({ network: TcpNetwork, bootstrap: [open], sasl: sasl("plain") }))
      expect(error).toMatchObject({
        reason: "Unauthorized",
        message: expect.stringContaining("wants no SASL at this port")
      })
    })
  )
})
