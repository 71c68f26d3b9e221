import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { openClient } from "../../../adapters/cassandra/Keyspaces.ts"
import { drop } from "../../../adapters/sql/postgres/Server.ts"
import { service } from "../../../services/index.ts"
import { type Ended, odradek, serve } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const kafka = service("kafka").address
const cassandra = service("cassandra")
const dynamoDb = service("dynamodb")
const postgres = service("postgres")

const own = randomUUID().replaceAll("-", "").slice(0, 16)

afterAll(async () => {
  await drop(`cli_${own}`)
  const dropped = Effect.flatMap(openClient, (client) =>
    Effect.promise(() => client.execute(`DROP KEYSPACE IF EXISTS cli_${own}`))
  )
  await Effect.runPromise(Effect.scoped(dropped))
})

interface Place {
  readonly name: string
  readonly store: string
  readonly environment: Readonly<Record<string, string>>
  /** What the doctor cannot know of such a store. */
  readonly skips: ReadonlyArray<string>
}

const places: ReadonlyArray<Place> = [
  {
    name: "Cassandra",
    store: `cassandra://${cassandra.login.username}@${cassandra.address}/cli_${own}?datacenter=${cassandra.datacenter}&replicas=1`,
    environment: { ODRADEK_STORE_PASSWORD: cassandra.login.password },
    skips: ["rights"]
  },
  {
    name: "DynamoDB",
    store: `dynamodb://${dynamoDb.region}/cli_${own}?endpoint=${dynamoDb.endpoint}`,
    environment: {},
    skips: ["rights"]
  },
  {
    name: "PostgreSQL",
    store: `postgres://${postgres.login.username}@${postgres.address}/${postgres.database}?schema=cli_${own}&sslmode=verify-full&sslrootcert=${encodeURIComponent(postgres.ca)}`,
    environment: { ODRADEK_STORE_PASSWORD: postgres.login.password },
    skips: []
  }
]

/** The checks of a doctor that told them as JSON. */
const checksOf = ({ stdout }: Ended): ReadonlyArray<Record<string, unknown>> =>
  stdout
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ type }) => type === "check")

const numbersOf = ({ stdout }: Ended): ReadonlyArray<unknown> =>
  stdout
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line))
    .map(({ seqNr }) => seqNr)

describe("from the command line, a journal goes from Apache Kafka to", () => {
  for (const { environment, name, skips, store } of places) {
    it(`${name}, and is appended to, read, explained, examined and purged`, async () => {
      const topic = `stores-${name.toLowerCase()}-${own}`
      const flags = ["--brokers", kafka, "--store", store]
      const run = (args: ReadonlyArray<string>, input = ""): Promise<Ended> =>
        odradek([...args, ...flags], { environment, input })
      const well = async (args: ReadonlyArray<string>, input = ""): Promise<Ended> => {
        const ended = await run(args, input)
        expect(ended, args.join(" ")).toMatchObject({ code: 0, stderr: expect.not.stringContaining("defect") })
        return ended
      }
      const appended = await odradek(["journal", "append", topic, "a", "--brokers", kafka], {
        input: '{"payload":1}\n'
      })
      expect(appended).toMatchObject({ code: 0 })
      const replicator = await serve(["replicator", "--topics", topic, "--json", ...flags], { environment })
      await well(["journal", "append", topic, "a"], '{"payload":2}\n{"payload":3}\n')
      const replicated = async (): Promise<void> => {
        const lines = checksOf(await run(["doctor", "--topics", topic, "--json"]))
        const lag = lines.find(({ check }) => check === "lag")
        expect(lag?.["message"]).toBe(`everything in ${topic} is replicated`)
      }
      await eventually(replicated)
      const examined = await well(["doctor", "--topics", topic, "--json"])
      const unwell = checksOf(examined).filter(({ check, status }) => status !== "ok" && !skips.includes(String(check)))
      expect(unwell).toEqual([])

      expect(numbersOf(await well(["journal", "read", topic, "a", "--json"]))).toEqual([1, 2, 3])
      expect((await well(["journal", "explain", topic, "a"])).stdout).toContain("3")
      await well(["journal", "purge", topic, "a", "--yes"])
      await eventually(replicated)
      expect((await well(["journal", "read", topic, "a", "--json"])).stdout).toBe("")
      expect(await replicator.stop()).toMatchObject({ code: 0, stderr: "" })
    })
  }
})
