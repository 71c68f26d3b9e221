import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openStore } from "../../../../runtimes/node/index.ts"
import { service } from "../../../services/index.ts"
import { odradek, temporaryFolder } from "./Odradek.ts"
import { secret, tellsWhatIsWrong, type WrongSetting } from "./WrongSettings.ts"

const { address, secure } = service("kafka")
const topic = `wrong-brokers-${randomUUID()}`
const folder = temporaryFolder()
const storeAddress = `sqlite:${folder.path}/store.db`
const store = ["--store", storeAddress]
const tls = ["--brokers", secure.address, "--tls-authority", secure.ca]
const user = ["--sasl", "scram-sha-512", "--username", secure.user.username]

beforeAll(async () => {
  await Effect.runPromise(Effect.scoped(openStore(storeAddress)))
  const appended = await odradek(["journal", "append", topic, "a", "--brokers", address], { input: '{"payload":1}\n' })
  expect(appended.code).toBe(0)
})
afterAll(() => folder.remove())

const wrong: ReadonlyArray<WrongSetting> = [
  {
    name: "a host that nobody has",
    flags: ["--brokers", "nowhere.invalid:9092"],
    says: /nowhere\.invalid:9092: (no host has this name|start one with `odradek broker`, or name another)/
  },
  {
    name: "a port at which nobody listens",
    flags: ["--brokers", "127.0.0.1:1"],
    says: /start one with `odradek broker`, or name another with --brokers/
  },
  {
    name: "TLS to a port without",
    flags: ["--brokers", address, "--tls"],
    says: /ended the handshake of TLS/
  },
  {
    name: "no TLS to a port with it",
    flags: ["--brokers", secure.address],
    says: /encrypt connections to this port \(--tls\)/
  },
  {
    name: "an authority that has not signed the broker's certificate",
    flags: ["--brokers", secure.address, "--tls", ...user],
    environment: { ODRADEK_PASSWORD: secret },
    says: /not of an authority that is trusted here/
  },
  {
    name: "no credentials where some are wanted",
    flags: tls,
    says: /ended the connection at the first request/
  },
  {
    name: "a wrong password",
    flags: [...tls, ...user],
    environment: { ODRADEK_PASSWORD: secret },
    says: /does not take "alice" with this password by SCRAM-SHA-512/
  }
]

describe("every command says in one sentence what is wrong with", () => {
  for (const setting of wrong) {
    it(setting.name, () => tellsWhatIsWrong(topic, { ...setting, flags: [...setting.flags, ...store] }))
  }
})
