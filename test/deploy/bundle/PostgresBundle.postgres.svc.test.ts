import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { PostgresStore } from "../../../adapters/sql/postgres/index.ts"
import { newSchema, server, sql } from "../../adapters/sql/postgres/Server.ts"
import { contentsOf, expectedContents, goldenEvent } from "../../runtimes/lambda/GoldenEvent.ts"
import { localSecrets } from "../../runtimes/lambda/handlers/SecretsManager.ts"
import { service } from "../../services/index.ts"
import { unpacked } from "./Unpacked.ts"
import { invoke } from "./Invoke.ts"

const { folder, remove } = await unpacked("postgres")
afterAll(remove)

describe("the bundle for PostgreSQL", () => {
  it("replicates over TLS as the user of a secret, and says so where the password is another one", async () => {
    const { ca, database, host, login, port } = service("postgres")
    const schema = newSchema()
    const program = Effect.gen(function* () {
      yield* Effect.addFinalizer(() => Effect.promise(() => sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)))
      const secrets = yield* localSecrets({
        right: JSON.stringify(login),
        wrong: JSON.stringify({ ...login, password: "of somebody else" })
      })
      const environment = {
        ...secrets,
        NODE_EXTRA_CA_CERTS: ca,
        ODRADEK_HOST: host,
        ODRADEK_PORT: String(port),
        ODRADEK_DATABASE: database,
        ODRADEK_SCHEMA: schema
      }
      const refused = yield* Effect.promise(() =>
        invoke(folder, goldenEvent, { ...environment, ODRADEK_SECRET: "wrong" })
      )
      expect(refused.thrown).toContain("password")
      const answer = yield* Effect.promise(() =>
        invoke(folder, goldenEvent, { ...environment, ODRADEK_SECRET: "right" })
      )
      expect(answer).toEqual({ value: { batchItemFailures: [] } })
      const open = PostgresStore.open({ ...server(), schema })
      expect(yield* Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))).toEqual(yield* expectedContents)
    })
    await Effect.runPromise(Effect.scoped(program))
  }, 240_000)
})
