import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { tables } from "../../../adapters/cassandra/KeyspaceSchema.ts"
import { keyspace, openClient } from "./Keyspaces.ts"

/** A keyspace with the tables, of which each row has more replicas than there are nodes. */
const wideKeyspace = Effect.gen(function* () {
  const client = yield* openClient
  const name = yield* keyspace(client)
  const replication = "{'class': 'SimpleStrategy', 'replication_factor': 3}"
  yield* Effect.promise(() => client.execute(`CREATE KEYSPACE ${name} WITH replication = ${replication}`))
  for (const statement of Object.values(tables).flat()) {
    yield* Effect.promise(() => client.execute(statement.replaceAll("KEYSPACE.", `${name}.`)))
  }
  return { client, keyspace: name }
})

/** Longer than a test may take: whoever asks again until it is over does not come to an end. */
const patienceMs = 3_600_000

const key = { topic: "orders", id: "a" }

describe("a keyspace with more replicas than its cluster has nodes", () => {
  it("says so at once, whatever is read or written", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const place = yield* wideKeyspace
          const store = yield* CassandraStore.open({ ...place, readOnly: true, patienceMs })
          const says = new RegExp(
            `^Cassandra keyspace ${place.keyspace} has 1 of the 2 replicas up that the consistency localQuorum needs, and its cluster has 1 node in all: add nodes, or lower its replication factor\\.$`
          )
          const refusal = { _tag: "JournalStoreError", reason: "Unreachable", message: expect.stringMatching(says) }
          expect(yield* Effect.flip(store.head(key))).toMatchObject(refusal)
          expect(yield* Effect.flip(store.heads(key.topic, ["a", "b"]))).toMatchObject(refusal)
          expect(yield* Effect.flip(store.pointer(key.topic, 0))).toMatchObject(refusal)
          expect(yield* Effect.flip(store.ids(key.topic, undefined, 10))).toMatchObject(refusal)
          expect(yield* Effect.flip(store.check)).toMatchObject(refusal)
          expect(yield* Effect.flip(CassandraStore.open({ ...place, patienceMs }))).toMatchObject(refusal)
        })
      )
    ))
})
