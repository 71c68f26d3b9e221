import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { keyspace, openClient, place } from "../../adapters/cassandra/Keyspaces.ts"
import { contentsOf, expectedContents, goldenEvent } from "../../runtimes/lambda/GoldenEvent.ts"
import { localSecrets } from "../../runtimes/lambda/handlers/SecretsManager.ts"
import { service } from "../../services/index.ts"
import { invoke } from "./Invoke.ts"
import { unpacked } from "./Unpacked.ts"

const { folder, remove } = await unpacked("cassandra")
afterAll(remove)

describe("the bundle for Cassandra", () => {
  it("replicates over TLS as the user of a secret, to tables that are there", async () => {
    const { address, ca, datacenter, login } = service("cassandra")
    const program = Effect.gen(function* () {
      const name = yield* keyspace(yield* openClient)
      const environment = {
        ...(yield* localSecrets({ right: JSON.stringify(login) })),
        NODE_EXTRA_CA_CERTS: ca,
        ODRADEK_CONTACT_POINTS: address,
        ODRADEK_DATACENTER: datacenter,
        ODRADEK_KEYSPACE: name,
        ODRADEK_SECRET: "right"
      }
      const refused = yield* Effect.promise(() => invoke(folder, goldenEvent, environment))
      expect(refused.thrown).toContain(name)
      const open = CassandraStore.open({ ...place(), keyspace: name })
      yield* Effect.scoped(open)
      const answer = yield* Effect.promise(() => invoke(folder, goldenEvent, environment))
      expect(answer).toEqual({ value: { batchItemFailures: [] } })
      expect(yield* Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))).toEqual(yield* expectedContents)
    })
    await Effect.runPromise(Effect.scoped(program))
  }, 240_000)
})
