import { existsSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openLog, openStore } from "../../../runtimes/node/index.ts"
import { localDynamoDb } from "../../adapters/dynamodb/LocalDynamoDb.ts"
import { temporaryFolder } from "./cli/Odradek.ts"

/** A DynamoDB that throttles whatever it is asked, and how often it was asked. */
const busyDynamoDb = Effect.acquireRelease(
  Effect.callback<{ readonly endpoint: string; readonly asked: () => number; readonly close: () => void }>((resume) => {
    let asked = 0
    const server = createServer((request, response) => {
      asked++
      request.resume()
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" })
      response.end(
        JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ThrottlingException", message: "Later." })
      )
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      const endpoint = `http://127.0.0.1:${port}`
      resume(Effect.succeed({ endpoint, asked: () => asked, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describe("openStore", () => {
  it.effect("sqlite:FILE opens the file, and creates it", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(Effect.sync(temporaryFolder), ({ remove }) => Effect.sync(remove))
      const path = join(folder.path, "journal.db")
      const store = yield* openStore(`sqlite:${path}`)
      expect(yield* store.pointer("orders", 0)).toBeUndefined()
      expect(existsSync(path)).toBe(true)
    })
  )

  it.live("dynamodb://REGION/TABLE opens the table, and makes it", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* localDynamoDb
      const address = `dynamodb://eu-west-1/journal?endpoint=${endpoint}`
      const error = yield* Effect.flip(openStore(address, { readOnly: true }))
      expect(error).toMatchObject({ reason: "Failed", message: expect.stringContaining("does not exist") })
      const store = yield* openStore(address)
      expect(yield* store.pointer("orders", 0)).toBeUndefined()
    })
  )

  it.live("a store that is busy is asked again for no longer than was said, and says that it is", () =>
    Effect.gen(function* () {
      const { asked, endpoint } = yield* busyDynamoDb
      const address = `dynamodb://eu-west-1/journal?endpoint=${endpoint}`
      const error = yield* Effect.flip(openStore(address, { readOnly: true, patienceMs: 100 }))
      expect(error).toMatchObject({ reason: "Unreachable", message: expect.stringContaining("is throttled") })
      expect(asked()).toBeLessThan(6)
    })
  )

  it.effect("memory: opens an empty store", () =>
    Effect.gen(function* () {
      const store = yield* openStore("memory:")
      expect(yield* store.ids("orders", undefined, 10)).toEqual([])
    })
  )

  const kinds =
    "write sqlite:FILE, cassandra://HOST/KEYSPACE, dynamodb://REGION/TABLE, postgres://HOST/DATABASE, or memory: for one that is empty and ends with the process"

  it.effect.each([
    ["mysql:localhost", "UnknownScheme", `no kind of store begins like that: ${kinds}`],
    ["journal.db", "UnknownScheme", `no kind of store begins like that: ${kinds}`],
    ["sqlite:", "Incomplete", "the file is missing in it: write sqlite:FILE"],
    ["cassandra:", "Incomplete", "it is not complete: write cassandra://HOST/KEYSPACE"],
    ["dynamodb://eu-west-1", "Incomplete", "the table is missing in it: write dynamodb://REGION/TABLE"],
    ["postgresql://localhost", "Incomplete", "the database is missing in it: write postgres://HOST/DATABASE"]
  ] as const)("%s is refused, and the message says what is wrong with it", ([address, reason, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openStore(address))
      const message = `"${address}" names no store, because ${detail}.`
      expect(error).toMatchObject({ _tag: "StoreAddressError", reason, detail, message })
    })
  )
})

describe("openStore with a password", () => {
  it.effect("does not show one that is written into an address, which is no place for it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openStore("cassandra://me:secret@localhost/journal"))
      expect(error).toMatchObject({ reason: "Incomplete", address: "cassandra://me@localhost/journal" })
      expect(JSON.stringify(error)).not.toContain("secret")
    })
  )

  it.live("does not show that of a database when nothing listens there", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openStore("postgres://me:secret@127.0.0.1:1/app"))
      expect(error).toMatchObject({
        reason: "Unreachable",
        message: expect.stringMatching(/^PostgreSQL at 127.0.0.1:1 \(database app, user me\) cannot be reached/)
      })
      expect(JSON.stringify(error)).not.toContain("secret")
    })
  )

  it.effect("says where the password of a user is looked for", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openStore("cassandra://me@localhost/journal"))
      expect(error).toMatchObject({ reason: "Failed", message: expect.stringContaining("ODRADEK_STORE_PASSWORD") })
    })
  )
})

describe("openLog", () => {
  it.effect("what is no broker's address is refused before anything is connected", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openLog({ brokers: ["nowhere"] }))
      expect(error).toMatchObject({ _tag: "BrokerAddressInvalid", address: "nowhere" })
    })
  )

  it.live("where no broker is, an operation fails and says how to start one", () =>
    Effect.gen(function* () {
      const log = yield* openLog({ brokers: ["127.0.0.1:1"] })
      const error = yield* Effect.flip(log.topics)
      expect(error).toMatchObject({ reason: "Unreachable", message: expect.stringContaining("odradek broker") })
    })
  )
})
