import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { FetchStore } from "../../../../adapters/dynamodb/fetch/index.ts"
import type { Fetch, FetchStoreOptions } from "../../../../adapters/dynamodb/fetch/index.ts"
import type { JournalStoreError } from "../../../../core/ports/index.ts"
import { journalStoreContract } from "../../../../core/ports/contract/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { fixture, run, table } from "../Fixture.ts"
import { makeTable, putItem } from "../LocalDynamoDb.ts"
import { event, events, everything, head, putEvents, putHead, putPointer } from "../Samples.ts"

const db = fixture()

const credentials = { accessKeyId: "local", secretAccessKey: "local" }

/** Enough for a DynamoDB in a process that has much to do. */
const patient = { requestTimeoutMs: 30_000, patienceMs: 60_000 }

const open = (over: Partial<FetchStoreOptions> = {}) =>
  FetchStore.open({ ...db.place, table, credentials, ...patient, ...over })

/** The failure of opening a store. */
const refusal = (over: Partial<FetchStoreOptions>): Promise<JournalStoreError> =>
  run(Effect.flip(open({ patienceMs: 300, ...over })))

const said = (status: number, type: string, message = "") =>
  new Response(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }), { status })

/** Answers the n-th request (from 1) with something else. */
const instead = (nth: (count: number) => Response | undefined): Fetch => {
  let count = 0
  return (request) => {
    const response = nth(++count)
    return response === undefined ? fetch(request) : Promise.resolve(response)
  }
}

beforeAll(() => run(Effect.asVoid(db.open())), 60_000)

describe("a store whose reads go over fetch", { timeout: 120_000 }, () => {
  const scope = ScopeModule.makeUnsafe()
  let store: JournalStore
  let topics = 0
  beforeAll(async () => {
    const written = await Effect.runPromise(ScopeModule.provide(db.open(), scope))
    store = { ...written, ...(await Effect.runPromise(open())) }
  }, 60_000)
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

  const make = Effect.sync(() => ({ store, topic: `fetched-${topics++}` }))
  for (const { name, run: claim } of journalStoreContract(make)) {
    // What is not read over fetch is held to the contract elsewhere.
    if (!/expired|^a check/.test(name)) it(name, () => Effect.runPromise(Effect.scoped(claim)))
  }
})

describe("a store over fetch", { timeout: 120_000 }, () => {
  it("reads large events, long ids and bytes as they were written", () =>
    run(
      Effect.gen(function* () {
        const key = { ...db.newKey(), id: "long ".repeat(500) }
        const large = event(2, 1_000_000)
        const written = yield* db.open()
        yield* written.write([putEvents(key, [event(1), large]), putHead(key, head(2)), putPointer(key, 2)])
        const read = yield* open()
        expect(yield* read.head(key)).toEqual(head(2))
        expect(yield* read.events(everything(key))).toEqual([event(1), large])
        expect(yield* read.pointer(key.topic, 0)).toBe(2)
        expect(yield* read.ids(key.topic, undefined, 10)).toEqual([key.id])
      })
    ))

  it("signs consistent reads, and asks for credentials each time", () =>
    run(
      Effect.gen(function* () {
        const key = db.newKey()
        const seen: Array<readonly [target: string | null, signature: string | null, consistent: unknown]> = []
        let asked = 0
        const read = yield* open({
          credentials: () => Promise.resolve({ ...credentials, accessKeyId: `key-${++asked}`, sessionToken: "token" }),
          fetch: async (request) => {
            const { ConsistentRead } = (await request.clone().json()) as { readonly ConsistentRead: unknown }
            expect(request.headers.get("x-amz-security-token")).toBe("token")
            seen.push([request.headers.get("x-amz-target"), request.headers.get("authorization"), ConsistentRead])
            return fetch(request)
          }
        })
        yield* read.events(everything(key))
        const targets = ["GetItem", "GetItem", "Query"].map((name) => `DynamoDB_20120810.${name}`)
        expect(seen.map(([target]) => target)).toEqual(targets)
        expect(seen.map(([, , consistent]) => consistent)).toEqual([true, true, true])
        expect(
          seen.map(([, signature]) => /Credential=(key-\d)\/\d+\/eu-west-1\/dynamodb\//.exec(signature ?? "")?.[1])
        ).toEqual(["key-1", "key-2", "key-3"])
      })
    ))

  it("repeats what was throttled, failed by itself or was lost", () =>
    run(
      Effect.gen(function* () {
        const key = db.newKey()
        const written = yield* db.open()
        yield* written.write([putEvents(key, events(1, 3)), putHead(key, head(3))])
        const throttled = instead((count) =>
          count % 2 === 1 ? said(400, "ProvisionedThroughputExceededException") : undefined
        )
        const ill = instead((count) => (count % 2 === 1 ? new Response("<html>", { status: 503 }) : undefined))
        let lost = 0
        const cut: Fetch = (request) =>
          ++lost % 2 === 1 ? Promise.reject(new TypeError("Connection lost.")) : fetch(request)
        for (const through of [throttled, ill]) {
          const read = yield* open({ fetch: through })
          expect(yield* read.events(everything(key))).toEqual(events(1, 3))
        }
        lost = 1
        const read = yield* open({ fetch: cut })
        expect(yield* read.events(everything(key))).toEqual(events(1, 3))
      })
    ))

  it("says what is wrong with the table", async () => {
    expect(await refusal({ table: "none" })).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining("does not exist")
    })
    await makeTable(db.client, "other-keys", ["id", "at"])
    expect(await refusal({ table: "other-keys" })).toMatchObject({ reason: "Schema" })
    await makeTable(db.client, "empty", ["pk", "sk"])
    expect(await refusal({ table: "empty" })).toMatchObject({
      reason: "Schema",
      message: expect.stringContaining("holds no journals")
    })
    await makeTable(db.client, "later", ["pk", "sk"])
    await putItem(db.client, "later", {
      pk: { S: "schema" },
      sk: { S: "/" },
      version: { N: "2" },
      buckets: { N: "16" }
    })
    expect(await refusal({ table: "later" })).toMatchObject({
      reason: "Schema",
      message: expect.stringContaining("version 2")
    })
  })

  it("says what is wrong with the credentials, and asks no more", async () => {
    for (const type of [
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "AccessDeniedException",
      "ExpiredTokenException"
    ]) {
      let count = 0
      const fetch: Fetch = () => Promise.resolve((count++, said(400, type, "Not you.")))
      expect(await refusal({ fetch })).toMatchObject({
        reason: "Failed",
        message: expect.stringMatching(/credentials|access/)
      })
      expect(count).toBe(1)
    }
    const none = { credentials: () => Promise.reject(new Error("The vault is shut.")) }
    expect(await refusal(none)).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining("The vault is shut.")
    })
  })

  it("says where nobody answers, or somebody else does", async () => {
    expect(await refusal({ endpoint: "http://127.0.0.1:1" })).toMatchObject({ reason: "Unreachable" })
    const page: Fetch = () => Promise.resolve(new Response("<html>"))
    expect(await refusal({ fetch: page })).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining("is no DynamoDB")
    })
    const aborted: Array<boolean> = []
    const silent: Fetch = ({ signal }) =>
      new Promise((_, fail) =>
        signal.addEventListener("abort", () => {
          aborted.push(true)
          fail(new Error("Aborted."))
        })
      )
    expect(await refusal({ fetch: silent, requestTimeoutMs: 50, patienceMs: 1 })).toMatchObject({
      reason: "Unreachable"
    })
    expect(aborted).toContain(true)
  })
})
