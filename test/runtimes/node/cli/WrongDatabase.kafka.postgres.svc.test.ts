import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { service } from "../../../services/index.ts"
import { odradek } from "./Odradek.ts"
import { secret, tellsWhatIsWrong, without, type WrongSetting } from "./WrongSettings.ts"

const kafka = service("kafka").address
const { address, ca, database, login } = service("postgres")
const topic = `wrong-database-${randomUUID()}`
const { password, username } = login

beforeAll(async () => {
  const appended = await odradek(["journal", "append", topic, "a", "--brokers", kafka], { input: '{"payload":1}\n' })
  expect(appended.code).toBe(0)
})

/** An address of the database with what is wrong in the place of what is right. */
const store = (wrong: { readonly at?: string; readonly database?: string; readonly query?: string }) => {
  const { at = address, database: named = database, query = "" } = wrong
  return ["--store", `postgres://${username}@${at}/${named}?schema=wrong_${process.pid}${query}`]
}

const right = { ODRADEK_STORE_PASSWORD: password }

const wrong: ReadonlyArray<WrongSetting> = [
  {
    name: "a host that nobody has",
    flags: store({ at: "nowhere.invalid:5432" }),
    environment: right,
    says: /The host of PostgreSQL at nowhere\.invalid:5432 .* is unknown/
  },
  {
    name: "a port at which nobody listens",
    flags: store({ at: "127.0.0.1:1" }),
    environment: right,
    says: /PostgreSQL at 127\.0\.0\.1:1 .* cannot be reached/
  },
  {
    name: "a port of something else",
    flags: store({ at: service("kafka").address }),
    environment: right,
    says: /see that it is up, and its host and port/
  },
  {
    name: "a wrong password",
    flags: store({}),
    environment: { ODRADEK_STORE_PASSWORD: secret },
    says: /does not accept the password.*correct it/s
  },
  {
    name: "a wrong password in the address",
    flags: ["--store", `postgres://${username}:${secret}@${address}/${database}`],
    says: /does not accept the password.*correct it/s
  },
  {
    name: "no password",
    flags: store({}),
    says: /asks for a password|does not accept the password/
  },
  {
    name: "a database that is not there",
    flags: store({ database: "nowhere" }),
    environment: right,
    says: /has no such database.*create it, or name another/s
  },
  {
    name: "an authority that has not signed the server's certificate",
    flags: store({ query: "&sslmode=verify-full" }),
    environment: right,
    says: /The certificate of PostgreSQL .* is not trusted/
  },
  {
    name: "a file that is not there",
    flags: store({ query: `&sslmode=verify-full&sslrootcert=${encodeURIComponent(`${ca}.gone`)}` }),
    environment: right,
    says: /The file .*\.gone that sslrootcert names in the store's address cannot be read \(ENOENT\)/
  },
  {
    name: "a file that is no certificate",
    flags: store({ query: `&sslrootcert=${encodeURIComponent(import.meta.filename)}` }),
    environment: right,
    says: /The file .* that sslrootcert names in the store's address is no certificate/
  },
  {
    name: "a driver that is not installed",
    flags: store({}),
    environment: { ...right, ...without("pg") },
    says: /The package pg cannot be loaded.*install it with `npm install pg`/s
  }
]

describe("every command says in one sentence what is wrong with a database of PostgreSQL", () => {
  for (const setting of wrong) {
    it(setting.name, () => tellsWhatIsWrong(topic, { ...setting, flags: ["--brokers", kafka, ...setting.flags] }))
  }
})
