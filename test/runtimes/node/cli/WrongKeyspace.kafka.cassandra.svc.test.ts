import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { service } from "../../../services/index.ts"
import { odradek } from "./Odradek.ts"
import { secret, tellsWhatIsWrong, without, type WrongSetting } from "./WrongSettings.ts"

const kafka = service("kafka").address
const { address, login } = service("cassandra")
const { password, username } = login
const topic = `wrong-keyspace-${randomUUID()}`

beforeAll(async () => {
  const appended = await odradek(["journal", "append", topic, "a", "--brokers", kafka], { input: '{"payload":1}\n' })
  expect(appended.code).toBe(0)
})

/** An address of a keyspace with what is wrong in the place of what is right. */
const store = ({ at = address, query = "", user = `${username}@` }) => [
  "--store",
  `cassandra://${user}${at}/wrong_${process.pid}${query}`
]

const right = { ODRADEK_STORE_PASSWORD: password }

const wrong: ReadonlyArray<WrongSetting> = [
  {
    name: "a host that nobody has",
    flags: store({ at: "nowhere.invalid:9042" }),
    environment: right,
    says: /Cassandra keyspace wrong_\d+ \(at nowhere\.invalid:9042\) cannot be reached/
  },
  {
    name: "a port at which nobody listens",
    flags: store({ at: "127.0.0.1:1" }),
    environment: right,
    says: /cannot be reached .*check that it is up, its hosts and its port/s
  },
  {
    name: "a port of something else",
    flags: store({ at: kafka }),
    environment: right,
    says: /check that it is up, its hosts and its port|check its address, that it is up, and whether/
  },
  {
    name: "a wrong password",
    flags: store({}),
    environment: { ODRADEK_STORE_PASSWORD: secret },
    says: /does not accept the credentials/
  },
  {
    name: "no user where one is wanted",
    flags: store({ user: "" }),
    says: /credentials|user/
  },
  {
    name: "a user without a password",
    flags: store({}),
    says: /names the user .*say the password in ODRADEK_STORE_PASSWORD/s
  },
  {
    name: "another data centre",
    flags: store({ query: "?datacenter=elsewhere" }),
    environment: right,
    says: /data ?cent/
  },
  {
    name: "an authority that has not signed the nodes' certificates",
    flags: store({ query: "?tls=true" }),
    environment: right,
    says: /certificate/
  },
  {
    name: "a file that is not there",
    flags: store({ query: "?ca=/nowhere/ca.pem" }),
    environment: right,
    says: /The file \/nowhere\/ca\.pem that ca names in the store's address cannot be read \(ENOENT\)/
  },
  {
    name: "a file that is no certificate",
    flags: store({ query: `?ca=${encodeURIComponent(import.meta.filename)}` }),
    environment: right,
    says: /The file .* that ca names in the store's address is no certificate/
  },
  {
    name: "a driver that is not installed",
    flags: store({}),
    environment: { ...right, ...without("cassandra-driver") },
    says: /The package cassandra-driver cannot be loaded.*install it with `npm install cassandra-driver`/s
  }
]

describe("every command says in one sentence what is wrong with a keyspace of Cassandra", () => {
  for (const setting of wrong) {
    it(setting.name, () => tellsWhatIsWrong(topic, { ...setting, flags: ["--brokers", kafka, ...setting.flags] }))
  }
})
