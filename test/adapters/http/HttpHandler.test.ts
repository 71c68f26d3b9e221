import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import { chunksUntil, httpWorld } from "./HttpWorld.ts"

const problem = "application/problem+json"
const events = "/topics/orders/journals/o-1/events"
const pointer = "/topics/orders/journals/o-1/pointer"

describe("appending and reading", () => {
  it.live("what is appended is read, and the text of a payload is the one that was sent", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      const payload = '{"big":12345678901234567890,"one":1.0,"e":1E400}'
      const appended = yield* append("o-1", `[{"payload":${payload},"tags":["a"]},{"text":"x"},{"binary":"AP8="},{}]`)
      expect(appended).toMatchObject({
        status: 201,
        json: { topic: "orders", id: "o-1", events: 4, from: 1, to: 4, partition: 0 }
      })
      expect(appended.headers.get("etag")).toBe('"4"')
      const read = yield* send(events)
      expect(read.type).toBe("application/json")
      expect(read.text).toContain(`{"seqNr":1,"payload":${payload},"tags":["a"],"timestamp":`)
      expect(read.json).toMatchObject({
        topic: "orders",
        id: "o-1",
        events: [{}, { text: "x" }, { binary: "AP8=" }, { seqNr: 4 }]
      })
    })
  )

  it.live("what the events share stands beside them", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      const body = '{"events":[{"payload":1}],"metadata":{"by":"J"},"headers":{"h":"v"},"expireAfter":"30 days"}'
      expect((yield* send(events, { method: "POST", body })).status).toBe(201)
      expect((yield* send(events)).json).toMatchObject({
        events: [{ payload: 1, metadata: { by: "J" }, headers: { h: "v" }, expireAfter: "30 days" }]
      })
    })
  )

  it.live("lines are taken and given, and what was read as lines can be appended again", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      yield* append("o-1", '[{"payload":1},{"payload":2}]')
      const lines = yield* send(events, { headers: { accept: "application/x-ndjson" } })
      expect(lines.type).toBe("application/x-ndjson")
      expect(lines.text.split("\n").map((line) => line && JSON.parse(line).payload)).toEqual([1, 2, ""])
      const again = { method: "POST", body: lines.text, headers: { "content-type": "application/x-ndjson" } }
      expect((yield* send("/topics/orders/journals/o-2/events", again)).json).toMatchObject({ from: 1, to: 2 })
    })
  )

  it.live("a range is read with both its ends", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      yield* append("o-1", "[{},{},{},{}]")
      expect((yield* send(`${events}?from=2&to=3`)).json).toMatchObject({ events: [{ seqNr: 2 }, { seqNr: 3 }] })
      expect((yield* send(`${events}?from=9`)).json).toMatchObject({ events: [] })
      expect((yield* send(`${events}?from=0`)).status).toBe(400)
      expect((yield* send(`${events}?from=9999999999999999`)).status).toBe(400)
    })
  )

  it.live("a journal that does not exist has no events and no number", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      expect(yield* send(events)).toMatchObject({ status: 200, json: { events: [] } })
      const got = yield* send(pointer)
      expect(got).toMatchObject({ status: 200, json: { topic: "orders", id: "o-1", pointer: null } })
      expect(got.headers.get("etag")).toBe('"0"')
    })
  )

  it.live("ids may have any characters, percent-encoded", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      for (const id of ["a/b", "a b?c#d", "%2F", "é漢😀", "x:y", "//", "...", "a.b", 'q"uote', "\n", "UPPER", "100%"]) {
        const path = `/topics/orders/journals/${encodeURIComponent(id)}`
        expect(yield* append(id, "[{}]")).toMatchObject({ status: 201, json: { id, to: 1 } })
        expect((yield* send(`${path}/pointer`)).json).toMatchObject({ id, pointer: 1 })
      }
      const ids = yield* send("/topics/orders/journals")
      expect(ids.json).toMatchObject({ topic: "orders", ids: expect.arrayContaining(["a/b", "%2F", "é漢😀", "\n"]) })
    })
  )

  it.live("ids come as lines, too", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      yield* append("o-1", "[{}]")
      const ids = yield* send("/topics/orders/journals", { headers: { accept: "application/x-ndjson" } })
      expect(ids).toMatchObject({ type: "application/x-ndjson", text: '{"id":"o-1"}\n' })
    })
  )

  it.live("events are deleted up to a number, and a journal is purged", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      expect((yield* send(`${events}?to=1`, { method: "DELETE" })).json).toEqual({ topic: "orders", id: "o-1", to: 1 })
      yield* append("o-1", "[{},{},{}]")
      const deleted = yield* send(`${events}?to=2`, { method: "DELETE" })
      expect(deleted.json).toMatchObject({ to: 2, partition: 0, offset: expect.any(Number) })
      expect((yield* send(events)).json).toMatchObject({ events: [{ seqNr: 3 }] })
      const purged = yield* send("/topics/orders/journals/o-1", { method: "DELETE" })
      expect(purged.json).toMatchObject({ topic: "orders", id: "o-1", partition: 0 })
      expect((yield* send(pointer)).json).toMatchObject({ pointer: null })
      expect((yield* append("o-1", "[{}]")).json).toMatchObject({ from: 1 })
    })
  )
})

describe("an expected number", () => {
  it.live("an append is made where the journal is there, and refused where it is not", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld()
      expect((yield* append("o-1", "[{}]", { "if-none-match": "*" })).status).toBe(201)
      expect((yield* append("o-1", "[{}]", { "if-none-match": "*" })).status).toBe(412)
      const second = yield* append("o-1", "[{},{}]", { "if-match": '"1"' })
      expect(second).toMatchObject({ status: 201, json: { from: 2, to: 3 } })
      expect(yield* append("o-1", "[{}]", { "if-match": '"1"' })).toMatchObject({
        status: 412,
        type: problem,
        json: { type: "urn:odradek:problem:sequence-conflict", expected: 1, pointer: 3, topic: "orders", id: "o-1" }
      })
      expect((yield* send(pointer)).json).toMatchObject({ pointer: 3 })
    })
  )

  it.live("of appends at the same time that expect the same, one is made and the others are told", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const [one, other] = [yield* httpWorld({ log }), yield* httpWorld({ log })]
      for (let expected = 0; expected < 10; expected++) {
        const all = [one, other, one, other].map(({ append }, at) =>
          append("o-1", `[{"payload":${at}}]`, { "if-match": `"${expected}"` })
        )
        const statuses = (yield* Effect.all(all, { concurrency: "unbounded" })).map(({ status }) => status)
        expect(statuses.toSorted()).toEqual([201, 412, 412, 412])
        const winner = statuses.indexOf(201)
        expect((yield* one.send(`${events}?from=${expected + 1}`)).json).toMatchObject({
          events: [{ payload: winner }]
        })
      }
    })
  )

  it.live("events keep their own numbers where that is asked for", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      const sent = (body: string) => send(`${events}?keepNumbers=true`, { method: "POST", body })
      expect((yield* sent('{"events":[{"seqNr":3},{"seqNr":7}]}')).json).toMatchObject({ from: 3, to: 7 })
      expect((yield* sent('{"events":[{"seqNr":7}]}')).status).toBe(412)
      expect((yield* sent('{"events":[{}]}')).status).toBe(422)
      expect((yield* sent('{"events":[{"seqNr":9},{"seqNr":9}]}')).status).toBe(422)
      expect((yield* send(pointer)).json).toMatchObject({ pointer: 7 })
    })
  )
})

describe("following", () => {
  const sse = { accept: "text/event-stream" }

  it.live("events come with their numbers as ids, and what is appended comes after", () =>
    Effect.gen(function* () {
      const { append, fetch } = yield* httpWorld()
      yield* append("o-1", '[{"payload":1}]')
      const response = yield* fetch(events, { headers: sse })
      expect(response.headers.get("content-type")).toBe("text/event-stream")
      const first = yield* chunksUntil(response, (text) => text.includes("id: 1\n"))
      expect(first).toMatch(/id: 1\ndata: \{"seqNr":1,"payload":1,.*\}\n\n/)
      yield* append("o-1", '[{"payload":2}]')
      expect(yield* chunksUntil(response, (text) => text.includes("id: 2\n"))).toContain('"payload":2')
      yield* Effect.promise(async () => response.body?.cancel())
    })
  )

  it.live("who comes back goes on after the last event that was seen", () =>
    Effect.gen(function* () {
      const { append, fetch } = yield* httpWorld()
      yield* append("o-1", "[{},{},{}]")
      const response = yield* fetch(`${events}?from=1&to=3`, { headers: { ...sse, "last-event-id": "2" } })
      const text = yield* chunksUntil(response, () => false)
      expect(text.match(/id: \d+/g)).toEqual(["id: 3"])
    })
  )

  it.live("a purge is told", () =>
    Effect.gen(function* () {
      const { append, fetch, send } = yield* httpWorld()
      yield* append("o-1", "[{}]")
      const response = yield* fetch(events, { headers: sse })
      yield* chunksUntil(response, (text) => text.includes("id: 1\n"))
      yield* send("/topics/orders/journals/o-1", { method: "DELETE" })
      expect(yield* chunksUntil(response, (text) => text.includes("purged"))).toContain("event: purged\nid: 0\n")
      yield* Effect.promise(async () => response.body?.cancel())
    })
  )

  it.live("there is a sign of life at once and then again and again", () =>
    Effect.gen(function* () {
      const { fetch } = yield* httpWorld({ limits: { heartbeatMs: 10 } })
      const response = yield* fetch(events, { headers: sse })
      expect(yield* chunksUntil(response, (text) => text.length >= 12)).toMatch(/^(: \n\n)+$/)
      yield* Effect.promise(async () => response.body?.cancel())
    })
  )

  it.live("only so many follow at once, and one that goes makes room", () =>
    Effect.gen(function* () {
      const { fetch, send } = yield* httpWorld({ limits: { followers: 1 } })
      const response = yield* fetch(events, { headers: sse })
      const refused = yield* send(events, { headers: sse })
      expect(refused).toMatchObject({
        status: 503,
        type: problem,
        json: { type: "urn:odradek:problem:busy", limit: 1 }
      })
      expect(refused.headers.get("retry-after")).toBe("1")
      yield* Effect.promise(async () => response.body?.cancel())
      const next = yield* Effect.repeat(fetch(events, { headers: sse }), { until: ({ status }) => status === 200 })
      yield* Effect.promise(async () => next.body?.cancel())
    })
  )

  it.live("a request that is aborted ends it", () =>
    Effect.gen(function* () {
      const { fetch } = yield* httpWorld({ limits: { followers: 1 } })
      const controller = new AbortController()
      yield* fetch(events, { headers: sse, signal: controller.signal })
      controller.abort()
      const next = yield* Effect.repeat(fetch(events, { headers: sse }), { until: ({ status }) => status === 200 })
      yield* Effect.promise(async () => next.body?.cancel())
    })
  )

  it.live("those who follow are sent away at the end, and the server is not ready any more", () =>
    Effect.gen(function* () {
      const { append, fetch, handler, send } = yield* httpWorld()
      yield* append("o-1", "[{}]")
      expect((yield* send("/ready")).status).toBe(200)
      const response = yield* fetch(events, { headers: sse })
      yield* chunksUntil(response, (text) => text.includes("id: 1\n"))
      yield* handler.drain
      expect(yield* chunksUntil(response, () => false)).not.toContain("problem")
      expect(yield* send("/ready")).toMatchObject({ status: 503, type: problem })
      expect((yield* send("/health")).status).toBe(200)
    })
  )
})
