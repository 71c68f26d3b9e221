import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { fixture, run, table } from "./Fixture.ts"
import { makeTable, putItem } from "./LocalDynamoDb.ts"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { event, events, everything, head, putEvents, putHead, putPointer } from "./Samples.ts"

/** An error as DynamoDB's driver throws it. */
const thrown = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more })

const throttled = thrown("ProvisionedThroughputExceededException", "slow down")

describe("DynamoDbStore, where requests fail", () => {
  const dynamoDb = fixture()

  it("asks again for what a batch left undone", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const sizes: Array<number> = []
        const store = yield* dynamoDb.observed(async (request) => {
          if (request.name !== "BatchWriteItemCommand") return request.send()
          const { RequestItems } = request.input as { readonly RequestItems: Record<string, Array<object>> }
          const wanted = RequestItems[table]!
          sizes.push(wanted.length)
          if (wanted.length === 1) return request.send()
          RequestItems[table] = wanted.slice(0, Math.ceil(wanted.length / 2))
          await request.send()
          return { UnprocessedItems: { [table]: wanted.slice(RequestItems[table].length) } }
        })
        yield* store.write([putEvents(key, events(1, 25))])
        expect(sizes).toEqual([25, 12, 6, 3, 1])
        expect(yield* store.events(everything(key))).toEqual(events(1, 25))
      })
    ))

  it("gives up a batch that stays undone, and says that the table is throttled", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        let batches = 0
        const store = yield* dynamoDb.observed(
          async (request) => {
            if (request.name !== "BatchWriteItemCommand") return request.send()
            batches++
            return { UnprocessedItems: (request.input as { readonly RequestItems: object }).RequestItems }
          },
          { patienceMs: 150 }
        )
        const error = yield* Effect.flip(store.write([putEvents(key, [event(1)])]))
        expect(error).toMatchObject({ reason: "Unreachable", operation: "write" })
        expect(error.message).toContain("is throttled: give it more capacity")
        expect(batches).toBeGreaterThan(1)
      })
    ))

  it.each([
    ["throttled", throttled],
    ["lost", thrown("Error", "connection reset", { code: "ECONNRESET" })],
    ["failed by DynamoDB", thrown("InternalServerError", "oops", { $metadata: { httpStatusCode: 500 } })]
  ])("repeats a request that is %s", (_, error) =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        let isOpen = false
        let failures = 0
        const store = yield* dynamoDb.observed(async (request) => {
          if (isOpen && request.name === "GetItemCommand" && failures++ < 3) throw error
          return request.send()
        })
        isOpen = true
        expect(yield* store.pointer(key.topic, 0)).toBeUndefined()
        expect(failures).toBe(4)
      })
    )
  )

  it("moves a pointer once, where the answer was lost and the request is repeated", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        let lost = 0
        const store = yield* dynamoDb.observed(async (request) => {
          const answer = await request.send()
          if (request.name === "PutItemCommand" && lost++ % 2 === 0) throw thrown("TimeoutError", "late")
          return answer
        })
        lost = 0
        yield* store.write([putPointer(key, 3), putPointer(key, 5, 3)])
        expect(yield* store.pointer(key.topic, 0)).toBe(5)
        yield* store.write([putHead(key, head(6)), putHead(key, head(7), head(6))])
        expect(yield* store.head(key)).toEqual(head(7))
        expect(lost).toBe(8)
        const error = yield* Effect.flip(store.write([putPointer(key, 9, 3)]))
        expect(error.message).toBe(
          `Another replicator has moved the pointer of ${key.topic}-0 from 3 to 5: ` +
            "stop this one, or let it start again from there."
        )
      })
    ))

  it("ends a request that is not answered, and says so", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        const signals: Array<AbortSignal | undefined> = []
        const store = yield* dynamoDb.observed(
          (request) => {
            if (request.number === 1) return request.send()
            signals.push(request.signal)
            return new Promise<object>(() => {})
          },
          { requestTimeoutMs: 400, patienceMs: 500 }
        )
        const error = yield* Effect.flip(store.pointer(key.topic, 0))
        expect(error.reason).toBe("Unreachable")
        expect(error.message).toContain("has not answered for 400 ms")
        expect(signals.length).toBeGreaterThan(1)
        expect(signals.every((signal) => signal?.aborted)).toBe(true)
      })
    ))

  it("aborts the request that is under way when it is interrupted", () =>
    run(
      Effect.gen(function* () {
        const key = dynamoDb.newKey()
        let begun = (): void => {}
        const underWay = new Promise<void>((resolve) => (begun = resolve))
        let signal: AbortSignal | undefined
        const store = yield* dynamoDb.observed((request) => {
          if (request.number === 1) return request.send()
          signal = request.signal
          begun()
          return new Promise<object>(() => {})
        })
        const fiber = yield* Effect.forkChild(store.head(key))
        yield* Effect.promise(() => underWay)
        expect(signal?.aborted).toBe(false)
        yield* Fiber.interrupt(fiber)
        expect(signal?.aborted).toBe(true)
      })
    ))

  it.each([
    ["CredentialsProviderError", "no providers", "Failed", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
    ["UnrecognizedClientException", "bad token", "Failed", "AWS does not accept the credentials"],
    ["ExpiredTokenException", "old", "Failed", "have expired: sign in again"],
    ["AccessDeniedException", "no dynamodb:GetItem", "Failed", "denies access to DynamoDB table journal"],
    ["ValidationException", "The provided key element does not match the schema", "Schema", "name another table"],
    ["SomethingElse", "what", "Failed", 'refused the operation "open" (what)']
  ])("opens nothing after %s, and does not ask again", (name, message, reason, sentence) =>
    run(
      Effect.gen(function* () {
        let requests = 0
        const opening = dynamoDb.observed(async () => {
          requests++
          throw thrown(name, message)
        })
        const error = yield* Effect.flip(opening)
        expect(error).toMatchObject({ reason, operation: "open", message: expect.stringContaining(sentence) })
        expect(requests).toBe(1)
      })
    )
  )

  it("says that a host does not answer, or does not exist", () =>
    run(
      Effect.gen(function* () {
        const nobody = yield* Effect.flip(
          DynamoDbStore.open({ region: "eu-west-1", table, endpoint: "http://127.0.0.1:1", patienceMs: 100 })
        )
        expect(nobody.reason).toBe("Unreachable")
        expect(nobody.message).toContain(`DynamoDB table journal (at http://127.0.0.1:1) cannot be reached`)
        const nowhere = yield* Effect.flip(
          dynamoDb.observed(
            async () => {
              throw thrown("Error", "getaddrinfo ENOTFOUND dynamodb.nowhere-1.amazonaws.com", { code: "ENOTFOUND" })
            },
            { patienceMs: 50 }
          )
        )
        expect(nowhere.message).toContain("correct the region or the endpoint")
      })
    ))
})

describe("DynamoDbStore, where the table is not its own", () => {
  const dynamoDb = fixture()

  it("makes a missing table once, when several open it together", () =>
    run(
      Effect.gen(function* () {
        const opened = Effect.forEach([1, 2, 3, 4], () => dynamoDb.open({ table: "together" }), {
          concurrency: "unbounded"
        })
        for (const store of yield* opened) {
          expect((yield* store.check).schema).toEqual({ version: 1, expected: 1 })
        }
      })
    ))

  it("makes nothing for a reader: it says that the table does not exist, or holds no journals", () =>
    run(
      Effect.gen(function* () {
        const missing = yield* Effect.flip(dynamoDb.open({ table: "missing", readOnly: true }))
        expect(missing.message).toBe(
          `DynamoDB table missing (at ${dynamoDb.place.endpoint}) does not exist: ` +
            "let a replicator make it, or correct the table's name or its region."
        )
        yield* Effect.promise(() => makeTable(dynamoDb.client, "empty", ["pk", "sk"]))
        const empty = yield* Effect.flip(dynamoDb.open({ table: "empty", readOnly: true }))
        expect(empty).toMatchObject({ reason: "Schema", message: expect.stringContaining("holds no journals") })
        yield* dynamoDb.open({ table: "empty" })
        const reader = yield* dynamoDb.open({ table: "empty", readOnly: true })
        const refused = yield* Effect.flip(reader.write([]))
        expect(refused.message).toContain("was opened for reading only")
      })
    ))

  it("leaves a table alone that has other keys", () =>
    run(
      Effect.gen(function* () {
        yield* Effect.promise(() => makeTable(dynamoDb.client, "others", ["customer", "order"]))
        const error = yield* Effect.flip(dynamoDb.open({ table: "others" }))
        expect(error).toMatchObject({ reason: "Schema", message: expect.stringContaining("is no journal's") })
      })
    ))

  it("refuses a table of another version, and a check says which it has", () =>
    run(
      Effect.gen(function* () {
        const store = yield* dynamoDb.open({ table: "newer" })
        const schema = { pk: { S: "schema" }, sk: { S: "/" }, buckets: { N: "16" } }
        yield* Effect.promise(() => putItem(dynamoDb.client, "newer", { ...schema, version: { N: "2" } }))
        expect((yield* store.check).schema).toEqual({ version: 2, expected: 1 })
        const error = yield* Effect.flip(dynamoDb.open({ table: "newer" }))
        expect(error).toMatchObject({
          reason: "Schema",
          message: expect.stringContaining("of version 2, and this program knows version 1")
        })
      })
    ))
})
