import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openClient } from "../../../adapters/cassandra/Keyspaces.ts"
import { drop } from "../../../adapters/sql/postgres/Server.ts"
import { service } from "../../../services/index.ts"
import { type Ended, odradek } from "./Odradek.ts"

const kafka = service("kafka").address
const cassandra = service("cassandra")
const postgres = service("postgres")

const own = randomUUID().replaceAll("-", "").slice(0, 16)
const topic = `rebuild-${own}`
const [toKeyspace, toSchema] = [
  `cassandra://${cassandra.login.username}@${cassandra.address}/rebuild_${own}?replicas=1`,
  `postgres://${postgres.login.username}@${postgres.address}/${postgres.database}?schema=rebuild_${own}`
]

const rebuild = (flags: ReadonlyArray<string>, environment: Readonly<Record<string, string>>): Promise<Ended> =>
  odradek(["replicator", "rebuild", "--topics", topic, "--brokers", kafka, ...flags], { environment })

beforeAll(async () => {
  const appended = await odradek(["journal", "append", topic, "a", "--brokers", kafka], { input: '{"payload":1}\n' })
  expect(appended.code).toBe(0)
  const filled = await rebuild(["--store", toSchema], { ODRADEK_STORE_PASSWORD: postgres.login.password })
  expect(filled).toMatchObject({ code: 0 })
})

afterAll(async () => {
  await drop(`rebuild_${own}`)
  const dropped = Effect.flatMap(openClient, (client) =>
    Effect.promise(() => client.execute(`DROP KEYSPACE IF EXISTS rebuild_${own}`))
  )
  await Effect.runPromise(Effect.scoped(dropped))
})

const both = ["--store", toKeyspace, "--from-store", toSchema]

it("the store that another is filled from has a password of its own", async () => {
  const ended = await rebuild(both, {
    ODRADEK_STORE_PASSWORD: cassandra.login.password,
    ODRADEK_FROM_STORE_PASSWORD: postgres.login.password
  })
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/the old one up to \d/) })
})

it("without that, the one of the other store is tried", async () => {
  const ended = await rebuild(both, { ODRADEK_STORE_PASSWORD: cassandra.login.password })
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/^PostgreSQL at .* does not accept the password/)
})

it("and what is said of a password that is missing names the variable of that store", async () => {
  const ended = await rebuild(["--store", toSchema, "--from-store", toKeyspace], {})
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/say the password in ODRADEK_FROM_STORE_PASSWORD\.\n$/)
})
