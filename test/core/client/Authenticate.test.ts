import { inspect } from "node:util"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect } from "vitest"
import { nodeScram } from "../../../adapters/crypto/index.ts"
import { MemoryNetwork } from "../../../adapters/memory/index.ts"
import { addressName, GroupClient, KafkaClient, type Sasl, type SaslMechanism } from "../../../core/client/index.ts"
import { SaslBroker, type SaslBrokerOptions } from "./SaslBroker.ts"

const secret = "the-password"

const sasl = (mechanism: SaslMechanism, password = secret, username = "alice"): Sasl => ({
  mechanism,
  username,
  password: Redacted.make(password),
  crypto: nodeScram
})

const all = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

/** A broker, and a client of it with these credentials. */
const setUp = Effect.fnUntraced(function* (who: Sasl | undefined, options: Partial<SaslBrokerOptions> = {}) {
  const network = MemoryNetwork.make()
  const broker = new SaslBroker({ network, users: { alice: secret }, mechanisms: all, ...options })
  const address = yield* broker.listen
  const credentials = who === undefined ? {} : { sasl: who }
  const client = yield* KafkaClient.make({ network, bootstrap: [address], requestTimeoutMs: 5000, ...credentials })
  return { network, broker, client, address, name: addressName(address) }
})

describe("a client with credentials", () => {
  it.live.each(["plain", "scram-sha-256", "scram-sha-512"] as const)("is let in by %s", (mechanism) =>
    Effect.gen(function* () {
      const { broker, client } = yield* setUp(sasl(mechanism))
      expect(yield* client.topics).toEqual([])
      expect(broker.asked[1]).toBe("1 SaslHandshake")
      expect(broker.asked.at(-1)).toBe("1 Metadata")
    })
  )

  it.live.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
    "with a wrong password for %s is told mechanism, user and broker, and never the password",
    (mechanism) =>
      Effect.gen(function* () {
        const { client, name } = yield* setUp(sasl(mechanism, "not-the-password"))
        const error = yield* Effect.flip(client.topics)
        expect(error.reason).toBe("Unauthorized")
        expect(error.message).toBe(
          `The broker at ${name} does not take "alice" with this password by ${mechanism.toUpperCase()} ` +
            "(SASL_AUTHENTICATION_FAILED): check the user name, the password and the mechanism."
        )
        expect(inspect(error, { depth: 10 })).not.toContain("not-the-password")
      })
  )

  it.live("asks no second broker where the first one does not take them", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const make = () => new SaslBroker({ network, users: {}, mechanisms: all })
      const [first, second] = [make(), make()]
      const bootstrap = [yield* first.listen, yield* second.listen]
      const client = yield* KafkaClient.make({ network, bootstrap, sasl: sasl("plain") })
      expect((yield* Effect.flip(client.topics)).reason).toBe("Unauthorized")
      expect([first.connections, second.connections]).toEqual([1, 0])
    })
  )

  it.live("is told which mechanisms are offered where its own is not", () =>
    Effect.gen(function* () {
      const { client, name } = yield* setUp(sasl("scram-sha-512"), { mechanisms: ["PLAIN", "SCRAM-SHA-256"] })
      const error = yield* Effect.flip(client.topics)
      expect(error).toMatchObject({
        reason: "Unauthorized",
        message: `The broker at ${name} does not offer SCRAM-SHA-512 but PLAIN, SCRAM-SHA-256: choose one that it offers.`
      })
    })
  )

  it.live("is told of a port that wants none", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp(sasl("plain"), { wanted: false })
      expect((yield* Effect.flip(client.topics)).message).toContain("wants no SASL at this port")
    })
  )

  it.live("is told of a broker that knows no users", () =>
    Effect.gen(function* () {
      const { client } = yield* setUp(sasl("plain"), { listed: false, wanted: false })
      expect((yield* Effect.flip(client.topics)).message).toContain("knows no users")
    })
  )

  it.live("trusts no broker that has not shown that it knows the password", () =>
    Effect.gen(function* () {
      const tamper = (said: string) => (said.startsWith("v=") ? `v=${"A".repeat(43)}=` : said)
      const { broker, client } = yield* setUp(sasl("scram-sha-256"), { tamper })
      const error = yield* Effect.flip(client.topics)
      expect(error.reason).toBe("Unauthorized")
      expect(error.message).toContain("its signature is wrong")
      expect(broker.asked.some((each) => each.endsWith("Metadata"))).toBe(false)
    })
  )

  it.live("says why its own credentials cannot be used, before it tells anybody", () =>
    Effect.gen(function* () {
      const { broker, client } = yield* setUp(sasl("scram-sha-256", "a\u00a0password"))
      const error = yield* Effect.flip(client.topics)
      expect(error.message).toBe(
        "The credentials cannot be used with SCRAM-SHA-256, because the password has a space that is not the ordinary one: choose others."
      )
      expect(broker.asked).toEqual(["1 ApiVersions"])
    })
  )

  it.live("comes anew before the broker takes no more of it", () =>
    Effect.gen(function* () {
      const { broker, client } = yield* setUp(sasl("scram-sha-256"), { sessionLifetimeMs: 200 })
      yield* client.topics
      expect(broker.connections).toBe(1)
      const twice = Effect.repeat(Effect.andThen(client.topics, Effect.sleep(10)), {
        until: () => broker.connections > 1
      })
      yield* Effect.timeout(twice, 60_000)
      const last = broker.asked.filter((each) => each.startsWith("2 "))
      expect(last).toEqual(expect.arrayContaining(["2 SaslHandshake", "2 SaslAuthenticate"]))
    })
  )

  it.live("of a group is told the same", () =>
    Effect.gen(function* () {
      const { address, network } = yield* setUp(undefined)
      const settings = { network, bootstrap: [address], groupId: "g", sasl: sasl("plain", "wrong") }
      const group = yield* GroupClient.make(settings)
      const error = yield* Effect.flip(group.committed([{ topic: "t", partition: 0 }]))
      expect(error.reason).toBe("Unauthorized")
      expect(error.message).toContain('does not take "alice" with this password by PLAIN')
    })
  )
})

describe("a client without credentials", () => {
  it.live("is told what a broker mostly wants that ends the connection at the first request", () =>
    Effect.gen(function* () {
      const { client, name } = yield* setUp(undefined)
      const error = yield* Effect.flip(client.topics)
      expect(error).toMatchObject({
        reason: "Unreachable",
        message: `The broker at ${name} has ended the connection at the first request, as one does that wants credentials: give those of a user, by SASL (--sasl).`
      })
    })
  )
})
