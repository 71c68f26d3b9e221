import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryLog } from "../../../adapters/memory/index.ts"
import { decodeUtf8 } from "../../../core/bytes/index.ts"
import { CommitLogError, JournalStoreError } from "../../../core/ports/index.ts"
import type { AppendRequest, CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { memoryWorld, openJournal, sync } from "../../core/journal/JournalWorld.ts"
import { httpWorld } from "./HttpWorld.ts"
import type { Sent } from "./HttpWorld.ts"

const problem = "application/problem+json"
const events = "/topics/orders/journals/o-1/events"

describe("a read that fails", () => {
  /** An API over a store that has 1500 events of a journal, and fails when pages of them are asked for the n-th time. */
  const failingAt = Effect.fnUntraced(function* (call: number) {
    const world = memoryWorld()
    const journal = openJournal(world, "orders", "o-1")
    const [first, ...rest] = Array.from({ length: 1500 }, (_, at) => ({ payload: at }))
    yield* journal.append([first ?? {}, ...rest])
    yield* sync(world, "orders")
    let calls = 0
    const failed = new JournalStoreError({ reason: "Failed", operation: "events", message: "The disk is full." })
    const events: JournalStore["events"] = (request) =>
      ++calls === call ? Effect.fail(failed) : world.store.events(request)
    return yield* httpWorld({ log: world.log, store: { ...world.store, events } })
  })
  const lines = { headers: { accept: "application/x-ndjson" } }

  it.live("is a problem where nothing was given yet", () =>
    Effect.gen(function* () {
      const { send } = yield* failingAt(1)
      expect(yield* send(events, lines)).toMatchObject({
        status: 502,
        type: problem,
        json: { type: "urn:odradek:problem:store-failed", detail: "The disk is full.", id: "o-1" }
      })
    })
  )

  it.live("breaks the answer off where it has begun, so that no part is taken for the whole", () =>
    Effect.gen(function* () {
      const { fetch } = yield* failingAt(2)
      const response = yield* fetch(events, lines)
      expect(response.status).toBe(200)
      const read = response.text().then(
        () => "whole",
        () => "broken off"
      )
      expect(yield* Effect.promise(() => read)).toBe("broken off")
    })
  )

  it.live("gives all pages where none fails", () =>
    Effect.gen(function* () {
      const { send } = yield* failingAt(0)
      expect((yield* send(events, lines)).text.split("\n").length).toBe(1501)
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
      expect(detail(yield* post('{"events":[{}],"event":1}'))).toBe(
        'The body has a field "event", which means nothing here: there are events, metadata, headers, expireAfter.'
      )
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
      const latin = yield* post('{"events":[{}]}', 'application/json; charset="latin1"')
      expect(latin.status).toBe(415)
      expect(detail(latin)).toBe("The body is in the charset latin1, which is not taken here; send it as UTF-8.")
    })
  )

  it.live("a body that does not come is not waited for, and the connection ends", () =>
    Effect.gen(function* () {
      const { handler } = yield* httpWorld({ limits: { bodyMs: 20 } })
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Uint8Array.of(123)) })
      const sent = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } } as const
      const response = yield* Effect.promise(() => handler.fetch(new Request(`http://localhost${events}`, sent)))
      expect([response.status, response.headers.get("connection")]).toEqual([408, "close"])
    })
  )

  const number = "give a whole number from 1 to 9007199254740991."
  const wrongForms: ReadonlyArray<readonly [query: string, sent: Sent, sentence: string]> = [
    ["?from=-1", {}, `from is -1: ${number}`],
    ["?to=", {}, `to is "": ${number}`],
    ["", { method: "DELETE" }, `to is missing: ${number}`],
    [
      "",
      { headers: { "last-event-id": "abc" } },
      "Last-Event-ID is abc: give the number of the last event that was seen"
    ],
    ["?keepNumbers=1", { method: "POST", body: "{}" }, "keepNumbers is 1: give true or false."],
    ["", { method: "POST", body: "{}", headers: { "if-match": "*" } }, "If-Match is *: give the last number that the"],
    ["", { method: "POST", body: "{}", headers: { "if-none-match": '"1"' } }, 'If-None-Match is "1": give *, where no'],
    ["?fro=1", {}, 'The query has a parameter "fro", which means nothing here: there are from, to.'],
    [
      "?keepNumber=true",
      { method: "POST", body: "{}" },
      'a parameter "keepNumber", which means nothing here: there is keep'
    ],
    ["?from=1&to=2&from=3", {}, "The query has from more than once; give it once."]
  ]
  for (const [query, sent, sentence] of wrongForms) {
    it.live(`${sent.method ?? "GET"} ${query} ${JSON.stringify(sent.headers ?? {})} is told what to give`, () =>
      Effect.gen(function* () {
        const { log, send } = yield* httpWorld()
        expect(yield* send(`${events}${query}`, sent)).toMatchObject({
          status: 400,
          type: problem,
          json: { type: "urn:odradek:problem:invalid-request", detail: expect.stringContaining(sentence) }
        })
        const page = yield* log.read({ topic: "orders", partition: 0, offset: 0, maxBytes: 1000, maxWaitMs: 0 })
        expect(page.records).toEqual([])
      })
    )
  }

  it.live("a parameter is told of where there is none, and a topic that no topic can be called", () =>
    Effect.gen(function* () {
      const { send } = yield* httpWorld()
      expect(yield* send("/topics/orders/journals/a/pointer?at=1")).toMatchObject({
        status: 400,
        json: { detail: 'The query has a parameter "at", which means nothing here: there is none.' }
      })
      expect(yield* send("/topics/a%20b/journals")).toMatchObject({
        status: 400,
        json: { detail: "The topic in the path is a b: give 1 to 249 of A-Z, a-z, 0-9 and ._-." }
      })
      expect((yield* send("/health?from=a-proxy")).status).toBe(200)
    })
  )

  it.live("a server that is not ready says which of log and store does not answer", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const store = memoryWorld().store
      const gone = new JournalStoreError({ reason: "Unreachable", operation: "check", message: "The store is gone." })
      const { send } = yield* httpWorld({ log, store: { ...store, check: Effect.fail(gone) } })
      expect(yield* send("/ready")).toMatchObject({ status: 503, json: { detail: "The store is gone." } })
      const lost = new CommitLogError({ reason: "Unreachable", operation: "topics", message: "No broker is there." })
      const both = yield* httpWorld({
        log: { ...log, topics: Effect.fail(lost) },
        store: { ...store, check: Effect.fail(gone) }
      })
      expect(yield* both.send("/ready")).toMatchObject({ json: { detail: "No broker is there. The store is gone." } })
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

  it.live("an answer that does not come in time is of unknown outcome only where a write was begun", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const { append, send } = yield* httpWorld({
        log: { ...log, append: () => Effect.never },
        limits: { requestMs: 50 }
      })
      const unavailable = { status: 503, json: { type: "urn:odradek:problem:unavailable" } }
      expect(yield* send(events)).toMatchObject(unavailable)
      // The log has not taken the mark by which the last number is found out.
      const refused = yield* append("o-1", "[{}]")
      expect(refused).toMatchObject(unavailable)
      expect(refused.text).toContain("and nothing was written; ask again.")
      expect(yield* append("o-1", "[{}]", { "if-match": "0" })).toMatchObject(unavailable)
    })
  )

  it.live(
    "a write that the log has not answered in time is of unknown outcome",
    () =>
      Effect.gen(function* () {
        const log = MemoryLog.make({ partitions: { orders: 1 } })
        const isMark = ({ headers: [action] }: AppendRequest) =>
          decodeUtf8(action?.value ?? new Uint8Array()).startsWith('{"mark"')
        const { append, send } = yield* httpWorld({
          log: { ...log, append: (request) => (isMark(request) ? log.append(request) : Effect.never) },
          limits: { requestMs: 3000 }
        })
        const writes = [
          append("o-1", "[{}]"),
          append("o-2", "[{}]", { "if-none-match": "*" }),
          send("/topics/orders/journals/o-3", { method: "DELETE" })
        ]
        for (const answer of yield* Effect.all(writes, { concurrency: 3 })) {
          expect(answer).toMatchObject({ status: 504, json: { type: "urn:odradek:problem:unknown-outcome" } })
        }
      }),
    60_000
  )

  it.live("only so many requests are under way at once", () =>
    Effect.gen(function* () {
      const log = MemoryLog.make({ partitions: { orders: 1 } })
      const stuck = { ...log, append: () => Effect.never }
      const { append, send } = yield* httpWorld({ log: stuck, limits: { requests: 1, requestMs: 200 } })
      const all = [append("o-1", "[{}]"), append("o-1", "[{}]"), send("/health")]
      const answers = yield* Effect.all(all, { concurrency: 3 })
      const kinds = answers.map(({ json }) => (json as { readonly type?: string }).type ?? "well")
      expect(kinds.toSorted()).toEqual(["urn:odradek:problem:busy", "urn:odradek:problem:unavailable", "well"])
    })
  )
})
