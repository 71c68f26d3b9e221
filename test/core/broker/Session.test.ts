import { it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { makeMemoryDisk, MemoryNetwork } from "../../../adapters/memory/index.ts"
import { type BrokerOptions, defaultBrokerConfig, start } from "../../../core/broker/index.ts"
import { type CallEnd, type Hub, serveConnection } from "../../../core/broker/Session.ts"
import type { Connection, Disk } from "../../../core/ports/index.ts"
import { type ApiName, apis, type Apis, decodeResponse, encodeRequest } from "../../../core/protocol/index.ts"
import { batchOf } from "./BrokerBench.ts"

const frameOf = <Name extends ApiName>(
  name: Name,
  apiVersion: number,
  correlationId: number,
  body: Apis[Name]["request"]["Input"]
): Uint8Array => {
  const header = { apiVersion, correlationId, clientId: "c" }
  const encoded = encodeRequest(apis[name] as Apis[ApiName], header, body as never)
  if (Result.isFailure(encoded)) throw encoded.failure
  return encoded.success
}

/** A connection to a fresh broker. */
const connected = Effect.fnUntraced(function* (options: Partial<BrokerOptions> = {}) {
  const network = options.network ?? MemoryNetwork.make()
  const { address } = yield* start({
    config: { ...defaultBrokerConfig, clusterId: "test" },
    disk: makeMemoryDisk(),
    network,
    listen: { host: "memory", port: 0 },
    seed: [1, 2, 3],
    ...options
  })
  return yield* network.connect({ address, timeoutMs: 1000 })
})

const bytesOf = Effect.fnUntraced(function* (connection: Connection, length: number) {
  const bytes: Array<number> = []
  while (bytes.length < length) {
    const chunk = yield* connection.read
    if (chunk === undefined) break
    bytes.push(...chunk)
  }
  return Uint8Array.from(bytes)
})

/** Reads whole frames, which come in chunks of their own here. */
const correlationIds = Effect.fnUntraced(function* (connection: Connection, count: number) {
  const ids: Array<number> = []
  while (ids.length < count) {
    const chunk = yield* connection.read
    if (chunk === undefined) break
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < chunk.length; at += 4 + view.getInt32(at)) ids.push(view.getInt32(at + 4))
  }
  return ids
})

const createTopic = frameOf("CreateTopics", 4, 1, {
  topics: [{ name: "t", numPartitions: 1, replicationFactor: 1 }],
  timeoutMs: 1000
})

const produceFrame = (correlationId: number, acks = -1, value = `value-${correlationId}`): Uint8Array =>
  frameOf("Produce", 7, correlationId, {
    acks,
    timeoutMs: 1000,
    topicData: [{ name: "t", partitionData: [{ index: 0, records: batchOf(value) }] }]
  })

const fetchFrame = (correlationId: number, maxWaitMs: number, maxBytes = 1000): Uint8Array =>
  frameOf("Fetch", 11, correlationId, {
    maxWaitMs,
    minBytes: 1,
    topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: maxBytes }] }]
  })

const apiVersions = (correlationId: number): Uint8Array => frameOf("ApiVersions", 0, correlationId, {})

const test = (name: string, run: () => Effect.Effect<void, unknown, Scope.Scope>): void =>
  it.live(name, () => Effect.scoped(run()))

describe("a connection", () => {
  test("is answered, also when its bytes come one by one", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      for (const byte of apiVersions(42)) yield* connection.write([Uint8Array.of(byte)])
      const frame = (yield* connection.read) ?? new Uint8Array(0)
      const response = decodeResponse(apis.ApiVersions, 0, frame.subarray(4))
      expect(Result.isSuccess(response) && response.success.correlationId).toBe(42)
    }))

  const closing: ReadonlyArray<readonly [what: string, bytes: Uint8Array]> = [
    ["a frame above the bound", Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
    ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ["the greeting of TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01)],
    ["an unknown API", Uint8Array.of(0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff)],
    ["an unknown version", Uint8Array.of(0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff)],
    ["a request that ends too early", Uint8Array.of(0, 0, 0, 9, 0, 3, 0, 1, 0, 0, 0, 1, 0)],
    ["an empty frame", Uint8Array.of(0, 0, 0, 0)]
  ]
  for (const [what, bytes] of closing) {
    test(`is closed without an answer after ${what}`, () =>
      Effect.gen(function* () {
        const connection = yield* connected()
        yield* connection.write([bytes])
        expect(yield* connection.read).toBeUndefined()
      }))
  }

  test("gets the answers that are due before it is closed for what came next", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      yield* connection.write([apiVersions(1), Uint8Array.of(0, 0, 0, 0)])
      expect(yield* correlationIds(connection, 2)).toEqual([1])
    }))

  test("that asks in an unknown version of ApiVersions is answered in version 0, with that API's range", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      yield* connection.write([Uint8Array.of(0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff)])
      const answer = yield* bytesOf(connection, 20)
      expect([...answer]).toEqual([0, 0, 0, 16, 0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4])
    }))

  test("gets its answers in the order of its requests, and a request behind a parked fetch waits", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      yield* connection.write([createTopic, fetchFrame(2, 30), apiVersions(3)])
      expect(yield* correlationIds(connection, 3)).toEqual([1, 2, 3])
    }))

  test("may send many produce requests at once, which keep their order", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      const count = 200
      yield* connection.write([createTopic])
      yield* correlationIds(connection, 1)
      yield* connection.write(Array.from({ length: count }, (_, i) => produceFrame(i)))
      const ids = yield* correlationIds(connection, count)
      expect(ids).toEqual(Array.from({ length: count }, (_, i) => i))
    }))

  test("gets no bytes for a produce request with acks 0", () =>
    Effect.gen(function* () {
      const connection = yield* connected()
      yield* connection.write([createTopic, produceFrame(2, 0), apiVersions(3), fetchFrame(4, 0)])
      expect(yield* correlationIds(connection, 3)).toEqual([1, 3, 4])
    }))

  test("is closed when it has been idle for too long, and not while a request is in hand", () =>
    Effect.gen(function* () {
      const connection = yield* connected({ idleTimeoutMs: 20 })
      yield* connection.write([createTopic, fetchFrame(2, 100)])
      expect(yield* correlationIds(connection, 2)).toEqual([1, 2])
      expect(yield* connection.read).toBeUndefined()
    }))

  test("is served although one request is as large as all that may be in hand", () =>
    Effect.gen(function* () {
      const connection = yield* connected({ maxBytesInHand: 50 })
      yield* connection.write([createTopic, produceFrame(2), produceFrame(3)])
      expect(yield* correlationIds(connection, 3)).toEqual([1, 2, 3])
    }))

  test("does not keep others waiting while its fetch is parked", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const connection = yield* connected({ network })
      const other = yield* network.connect({ address: connection.remote, timeoutMs: 1000 })
      yield* connection.write([createTopic])
      yield* correlationIds(connection, 1)
      yield* connection.write([fetchFrame(2, 60_000)])
      yield* other.write([produceFrame(7)])
      expect(yield* correlationIds(other, 1)).toEqual([7])
      expect(yield* correlationIds(connection, 1)).toEqual([2])
    }))

  test("is closed at once while there are as many as there may be, and served when one of them has ended", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const first = yield* Scope.make()
      const { remote: address } = yield* connected({ network, maxConnections: 2 })
      const open = network.connect({ address, timeoutMs: 1000 })
      const second = yield* Effect.provideService(open, Scope.Scope, first)
      yield* second.write([apiVersions(1)])
      expect(yield* correlationIds(second, 1)).toEqual([1])
      expect(yield* (yield* open).read).toBeUndefined()
      yield* Scope.close(first, Exit.void)
      const answer = Effect.gen(function* () {
        const next = yield* open
        yield* next.write([apiVersions(2)])
        return yield* correlationIds(next, 1)
      })
      const served = answer.pipe(
        Effect.catchTag("NetworkError", () => Effect.succeed([])),
        Effect.repeat({ until: (ids) => ids.length > 0 })
      )
      expect(yield* served).toEqual([2])
    }))

  test("that takes nothing of its answer is closed when that has lasted too long", () =>
    Effect.gen(function* () {
      const connection = yield* connected({ idleTimeoutMs: 50 })
      yield* connection.write([createTopic])
      yield* correlationIds(connection, 1)
      yield* connection.write(Array.from({ length: 5 }, (_, i) => produceFrame(i, -1, "v".repeat(60_000))))
      yield* correlationIds(connection, 5)
      yield* connection.write([fetchFrame(9, 0, 1_000_000)])
      expect(yield* Effect.flip(Effect.forever(connection.write([apiVersions(10)])))).toMatchObject({
        _tag: "NetworkError",
        reason: "Closed"
      })
    }))

  test("that ends while a request of its waits for the broker gives back the memory that the request was given", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const bytesInHand = yield* Semaphore.make(1000)
      const waits = yield* Deferred.make<void>()
      const first = Deferred.makeUnsafe<CallEnd>()
      let count = 0
      const hub: Hub = {
        submit: () =>
          count++ === 0
            ? Effect.succeed({ id: 1, end: first })
            : Effect.andThen(Deferred.succeed(waits, undefined), Effect.never),
        abandon: () => Effect.void
      }
      const ended = yield* Deferred.make<void>()
      const options = { hub, bytesInHand, maxBytesInHand: 1000, maxFrameSize: 1000, idleTimeoutMs: 1000 }
      const address = yield* network.listen({ host: "memory", port: 0 }, (served) =>
        Effect.ensuring(
          serveConnection(served, { ...options, advertised: ({ local }) => local }),
          Deferred.succeed(ended, undefined)
        )
      )
      const connection = yield* network.connect({ address, timeoutMs: 1000 })
      yield* connection.write([produceFrame(1), produceFrame(2)])
      yield* Deferred.await(waits)
      yield* Deferred.succeed(first, "Close")
      yield* Deferred.await(ended)
      expect(yield* Semaphore.takeIfAvailable(bytesInHand, 1000)).toBe(true)
    }))
})

describe("a topic of many partitions", () => {
  test("is made in a few folders at a time, so that each has its whole deadline for itself", () =>
    Effect.gen(function* () {
      const memory = makeMemoryDisk()
      let now = 0
      let most = 0
      const disk: Disk = {
        ...memory,
        makeFolder: (path) =>
          Effect.suspend(() => {
            most = Math.max(most, ++now)
            return Effect.ensuring(
              Effect.andThen(Effect.yieldNow, memory.makeFolder(path)),
              Effect.sync(() => now--)
            )
          })
      }
      const connection = yield* connected({ disk })
      const topics = [{ name: "many", numPartitions: 100, replicationFactor: 1 }]
      yield* connection.write([frameOf("CreateTopics", 4, 1, { topics, timeoutMs: 1000 })])
      expect(yield* correlationIds(connection, 1)).toEqual([1])
      expect((yield* memory.list("")).filter(({ isFolder }) => isFolder)).toHaveLength(100)
      expect([most > 1, most <= 8]).toEqual([true, true])
    }))
})

describe("a broker that is stopped", () => {
  test("tells when it could not sync every log in time", () =>
    Effect.gen(function* () {
      const memory = makeMemoryDisk()
      let isStuck = false
      const disk = { ...memory, sync: (path: string) => (isStuck ? Effect.never : memory.sync(path)) }
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => void logged.push(String(message)))
      const life = Effect.gen(function* () {
        const connection = yield* connected({ disk, stopTimeoutMs: 20 })
        yield* connection.write([createTopic, produceFrame(2)])
        yield* correlationIds(connection, 2)
        isStuck = true
      })
      yield* Effect.scoped(life).pipe(Effect.provide(Logger.layer([logger])))
      expect(logged).toEqual([expect.stringMatching(/^The broker has stopped before every log was synced/)])
    }))
})
