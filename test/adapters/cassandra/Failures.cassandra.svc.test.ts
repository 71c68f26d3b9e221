import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as ScopeModule from "effect/Scope"
import { describe, expect, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import type { CassandraStoreOptions } from "../../../adapters/cassandra/index.ts"
import { head } from "../../../core/ports/contract/JournalStoreSamples.ts"
import { openStore } from "../../../runtimes/node/index.ts"
import { service } from "../../services/index.ts"
import { journalKeyspace, place } from "./Keyspaces.ts"
import { observedClient } from "./ObservedClient.ts"

const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect))

const refusal = (over: Partial<CassandraStoreOptions>) =>
  run(Effect.flip(CassandraStore.open({ ...place(), keyspace: "nobodys", readOnly: true, ...over })))

describe("a store in Cassandra that cannot be opened says why, in a sentence", () => {
  it("where nobody listens", async () => {
    expect(await refusal({ contactPoints: ["127.0.0.1:1"] })).toMatchObject({
      reason: "Unreachable",
      message: expect.stringMatching(
        /^Cassandra keyspace nobodys \(at 127\.0\.0\.1:1\) cannot be reached \(.*ECONNREFUSED/
      )
    })
  })

  it("where the host is unknown", async () => {
    expect(await refusal({ contactPoints: ["nowhere.invalid"] })).toMatchObject({
      reason: "Unreachable",
      message: expect.stringContaining("cannot be reached")
    })
  })

  it("where the password is wrong, which is not shown", async () => {
    const error = await refusal({ credentials: { username: "cassandra", password: "wr0ng" } })
    expect(error).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining("does not accept the credentials")
    })
    expect(error.message).not.toContain("wr0ng")
  })

  it("where no password is given", async () => {
    const { contactPoints = [], localDataCenter = "" } = place()
    const opening = CassandraStore.open({ contactPoints, localDataCenter, keyspace: "nobodys", readOnly: true })
    expect(await run(Effect.flip(opening))).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining("credentials")
    })
  })

  it("where the data centre is another", async () => {
    expect(await refusal({ localDataCenter: "elsewhere" })).toMatchObject({
      reason: "Failed",
      message: expect.stringMatching(
        /not in the data centre that is named \(localDataCenter was configured as .elsewhere./
      )
    })
  })

  it("where fewer replicas are up than the consistency needs", async () => {
    expect(await refusal({ consistency: { read: "three" } })).toMatchObject({
      reason: "Unreachable",
      message: expect.stringMatching(
        /^Cassandra keyspace nobodys .* has 1 of the 3 replicas up that the consistency three needs, and its cluster has 1 node in all: add nodes, /
      )
    })
  })

  it("where there is no such keyspace", async () => {
    expect(await refusal({})).toMatchObject({ reason: "Schema", message: expect.stringContaining("does not exist") })
  })

  it("where the certificate is of an authority that is not known", async () => {
    expect(await refusal({ tls: {} })).toMatchObject({
      reason: "Failed",
      message: expect.stringMatching(/do not agree on TLS \(.*certificate/)
    })
  })

  it.each([
    [{ keyspace: "my-journal" }, /"my-journal" names no keyspace/],
    [{ segmentSize: 1 }, /A segment of 1 events cannot be/],
    [{ contactPoints: [] }, /No host of Cassandra is named/]
  ])("where the options are wrong: %j", async (over, message) => {
    expect(await refusal(over)).toMatchObject({ reason: "Failed", message: expect.stringMatching(message) })
  })
})

describe("a store in Cassandra", () => {
  it("finds the data centre where there is one, and speaks TLS", () =>
    run(
      Effect.gen(function* () {
        const { keyspace } = yield* journalKeyspace
        const { ca, address, login } = service("cassandra")
        const store = yield* CassandraStore.open({
          contactPoints: [address],
          credentials: login,
          keyspace,
          tls: { ca: readFileSync(ca) }
        })
        expect(yield* store.pointer("orders", 0)).toBeUndefined()
      })
    ))

  it("is opened by its address, with the password from the environment", () =>
    run(
      Effect.gen(function* () {
        const { keyspace } = yield* journalKeyspace
        const { ca, address, datacenter, login } = service("cassandra")
        const before = process.env["ODRADEK_STORE_PASSWORD"]
        process.env["ODRADEK_STORE_PASSWORD"] = login.password
        try {
          const text = `cassandra://${login.username}@${address}/${keyspace}?datacenter=${datacenter}&ca=${ca}&consistency=one`
          const store = yield* openStore(text, { readOnly: true })
          expect(yield* store.pointer("orders", 0)).toBeUndefined()
          expect(yield* Effect.flip(store.write([]))).toMatchObject({
            message: expect.stringContaining("reading only")
          })
        } finally {
          if (before === undefined) delete process.env["ODRADEK_STORE_PASSWORD"]
          else process.env["ODRADEK_STORE_PASSWORD"] = before
        }
      })
    ))

  it("gives up a request that is not answered after its time, and the operation after its patience", () =>
    run(
      Effect.gen(function* () {
        const { client, keyspace } = yield* journalKeyspace
        let isSilent = false
        const silent = observedClient(client, ({ send }) => (isSilent ? new Promise(() => {}) : send()))
        const options = { client: silent, keyspace, requestTimeoutMs: 200, patienceMs: 300 }
        const store = yield* CassandraStore.open(options)
        isSilent = true
        const begun = Date.now()
        expect(yield* Effect.flip(store.pointer("orders", 0))).toMatchObject({
          reason: "Unreachable",
          message: expect.stringContaining("has not answered for 200 ms")
        })
        expect(Date.now() - begun).toBeLessThan(5000)
      })
    ))

  it("repeats a write that was not answered as the same write, which hides no later one", () =>
    run(
      Effect.gen(function* () {
        const { client, keyspace } = yield* journalKeyspace
        const stamps: Array<unknown> = []
        let failures = 2
        const busy = new Proxy(client, {
          get: (target, name) => {
            if (name !== "execute") return Reflect.get(target, name)
            return (...given: ReadonlyArray<unknown>) => {
              const [query, , options] = given as [string, unknown, { readonly timestamp?: unknown }]
              if (query.startsWith("DELETE")) stamps.push(options.timestamp)
              if (query.startsWith("DELETE") && failures-- > 0) {
                return Promise.reject(Object.assign(new Error("overloaded"), { name: "ResponseError", code: 0x1001 }))
              }
              return Reflect.apply(target.execute, target, given) as Promise<unknown>
            }
          }
        })
        const store = yield* CassandraStore.open({ client: busy, keyspace })
        const key = { topic: "orders", id: "a" }
        yield* store.write([{ _tag: "RemoveEvents", key, head: head(10), from: 1, to: 10 }])
        expect(stamps).toHaveLength(3)
        expect(new Set(stamps).size).toBe(1)
      })
    ))

  it("says which tables are gone while it is open", () =>
    run(
      Effect.gen(function* () {
        const { client, keyspace } = yield* journalKeyspace
        const store = yield* CassandraStore.open({ client, keyspace })
        yield* Effect.promise(() => client.execute(`DROP TABLE ${keyspace}.pointer2`))
        expect(yield* Effect.flip(store.pointer("orders", 0))).toMatchObject({ reason: "Schema" })
      })
    ))
})
