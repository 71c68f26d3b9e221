import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import type { Token } from "../../../adapters/http/index.ts"
import { CommitLogError } from "../../../core/ports/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
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

describe("problems", () => {
  it.live("a topic that does not exist is not made", () =>
    Effect.gen(function* () {
      const { log, send } = yield* httpWorld()
      for (const path of [
        "/topics/nope/journals/a/events",
        "/topics/nope/journals/a/pointer",
        "/topics/nope/journals"
      ]) {
        expect(yield* send(path)).toMatchObject({
          status: 404,
          type: problem,
          json: { type: "urn:odradek:problem:unknown-topic", status: 404, topic: "nope" }
        })
      }
      expect(yield* log.topics).toEqual(["orders"])
    })
  )

  it.live("a topic that is not served is not there", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ topics: ["others"] })
      expect(yield* send(events)).toMatchObject({ status: 404, json: { topic: "orders" } })
    })
  )

  it.live("a path or a method that means nothing is told of", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      expect(yield* send("/nothing")).toMatchObject({ status: 404, json: { type: "urn:odradek:problem:not-found" } })
      expect((yield* send(`${events}/`)).status).toBe(404)
      expect((yield* send("/topics/orders/journals//events")).status).toBe(404)
      expect((yield* send("/Topics/orders/journals")).status).toBe(404)
      const wrong = yield* send(events, { method: "PUT" })
      expect(wrong).toMatchObject({ status: 405, type: problem })
      expect(wrong.headers.get("allow")).toBe("POST, GET, DELETE, HEAD")
      expect((yield* send("/topics/orders/journals/%ff/events")).status).toBe(400)
    })
  )

  it.live("a body that cannot be used is told of", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ limits: { events: 2, bodyBytes: 100 } })
      const post = (body: string | Uint8Array<ArrayBuffer>, type = "application/json") =>
        send(events, { method: "POST", body, headers: { "content-type": type } })
      const detail = (got: { readonly json: unknown }) => (got.json as { readonly detail: string }).detail
      expect(detail(yield* post("{"))).toBe("The body is not JSON: at character 2 should be a string.")
      expect(detail(yield* post("[]"))).toBe('The body is no object: send {"events": [{"payload": …}]}.')
      expect(detail(yield* post('{"events":[]}'))).toContain("at least one event")
      expect(detail(yield* post('{"events":[{"payload":1,"text":"x"}]}'))).toContain(
        "Event 1 of the body has payload and text"
      )
      expect(detail(yield* post('{"events":[{"metadata":1}]}'))).toContain('belong beside "events"')
      expect(detail(yield* post('{"events":[{}],"nope":1}'))).toContain('The body has a field "nope"')
      expect(detail(yield* post('{"payload":1}\n{"payload":2,"metadata":1}', "application/x-ndjson"))).toContain(
        "Line 2 of the body has other metadata"
      )
      expect(yield* post('{"events":[{},{},{}]}')).toMatchObject({ status: 413, json: { limit: 2 } })
      expect(yield* post(`{"events":[{"text":"${"x".repeat(100)}"}]}`)).toMatchObject({
        status: 413,
        json: { limit: 100 }
      })
      expect((yield* post("x", "text/plain")).status).toBe(415)
      expect((yield* post(Uint8Array.of(0xff))).status).toBe(400)
      expect((yield* post("{", "application/json; charset=utf-8")).status).toBe(400)
    })
  )

  it.live("an answer that is too large for one document is refused, and to be had as lines", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld({ limits: { documentEvents: 2 } })
      yield* append("o-1", "[{},{},{}]")
      expect(yield* send(events)).toMatchObject({
        status: 406,
        json: { type: "urn:odradek:problem:answer-too-large", limit: 2, detail: expect.stringContaining("x-ndjson") }
      })
      expect((yield* send(`${events}?to=2`)).status).toBe(200)
      expect((yield* send(events, { headers: { accept: "application/x-ndjson" } })).status).toBe(200)
    })
  )

  it.live("a form that cannot be had is not answered with another one", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      expect((yield* send(events, { headers: { accept: "text/html" } })).status).toBe(406)
      expect((yield* send(events, { headers: { accept: "text/html, */*;q=0.1" } })).type).toBe("application/json")
    })
  )

  it.live("a URL that is too long is refused", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ limits: { urlBytes: 200 } })
      expect(yield* send(`/topics/orders/journals/${"x".repeat(200)}/events`)).toMatchObject({
        status: 414,
        type: problem
      })
    })
  )

  const failing = (reason: CommitLogError["reason"], log: CommitLog): CommitLog => ({
    ...log,
    append: () => Effect.fail(new CommitLogError({ reason, operation: "append", message: "It did not go well." }))
  })

  it.live("a write whose outcome is unknown looks like no other", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const statusOf = Effect.fnUntraced(function* (reason: CommitLogError["reason"]) {
        const { send } = yield* httpWorld({ log: failing(reason, log) })
        const body = '{"events":[{"seqNr":1}]}'
        return yield* send("/topics/orders/journals/o-1", { method: "DELETE", body })
      })
      expect(yield* statusOf("Unknown")).toMatchObject({
        status: 504,
        json: { type: "urn:odradek:problem:unknown-outcome", topic: "orders", id: "o-1" }
      })
      expect(yield* statusOf("Unreachable")).toMatchObject({ status: 503, json: { detail: "It did not go well." } })
      expect((yield* statusOf("Refused")).status).toBe(502)
      expect((yield* statusOf("TooLarge")).status).toBe(413)
    })
  )

  it.live("an answer that does not come in time is a problem, of a write one of unknown outcome", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const { append, send } = yield* httpWorld({
        log: { ...log, append: () => Effect.never },
        limits: { requestMs: 20 }
      })
      expect(yield* append("o-1", "[{}]")).toMatchObject({
        status: 504,
        json: { type: "urn:odradek:problem:unknown-outcome" }
      })
      expect(yield* send(events)).toMatchObject({ status: 503, json: { type: "urn:odradek:problem:unavailable" } })
    })
  )

  it.live("only so many requests are under way at once", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const stuck = { ...log, append: () => Effect.never }
      const { append, send } = yield* httpWorld({ log: stuck, limits: { requests: 1, requestMs: 200 } })
      const all = [append("o-1", "[{}]"), append("o-1", "[{}]"), send("/health")]
      const statuses = (yield* Effect.all(all, { concurrency: 3 })).map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([200, 503, 504])
    })
  )
})

describe("tokens", () => {
  const token = (name: string, rights: Token["rights"], topics?: ReadonlyArray<string>): Token => ({
    name,
    rights,
    topics,
    token: Redacted.make(`${name}-0123456789abcdef`)
  })
  const tokens = [
    token("reader", ["read"]),
    token("shop", ["read", "append"], ["orders"]),
    token("other", ["read"], ["other"])
  ]
  const as = (name: string) => ({ authorization: `Bearer ${name}-0123456789abcdef` })

  it.live("who has none that is known is not let in", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ tokens })
      const none = yield* send(events)
      expect(none).toMatchObject({ status: 401, type: problem, json: { type: "urn:odradek:problem:unauthorized" } })
      expect(none.headers.get("www-authenticate")).toBe('Bearer realm="odradek"')
      const wrong = yield* send(events, { headers: as("nobody") })
      expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"')
      expect((yield* send(`${events}?from=0`)).status).toBe(401)
    })
  )

  it.live("a token allows what it says, in the topics that it is for", () =>
    Effect.gen(function* () {
      const { append, send } = yield* httpWorld({ tokens })
      expect((yield* send(events, { headers: as("reader") })).status).toBe(200)
      expect(yield* append("o-1", "[{}]", as("reader"))).toMatchObject({ status: 403, json: { topic: "orders" } })
      expect((yield* append("o-1", "[{}]", as("shop"))).status).toBe(201)
      expect((yield* send("/topics/orders/journals/o-1", { method: "DELETE", headers: as("shop") })).status).toBe(403)
      expect((yield* send(events, { headers: as("other") })).status).toBe(403)
    })
  )

  it.live("health and the document are for everybody", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld({ tokens, version: "1.2.3" })
      expect((yield* send("/health")).json).toEqual({ status: "ok" })
      expect((yield* send("/openapi.json")).json).toMatchObject({
        openapi: "3.1.0",
        info: { version: "1.2.3" },
        components: { securitySchemes: { bearer: { scheme: "Bearer" } } }
      })
    })
  )
})
