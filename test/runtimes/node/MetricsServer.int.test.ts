import { connect, type Socket } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { JournalError, type PartitionStatus } from "../../../core/journal/index.ts"
import { ConsumerGroupError } from "../../../core/ports/index.ts"
import { serveMetrics } from "../../../runtimes/node/index.ts"

const well: PartitionStatus = { topic: "orders", partition: 0, nextOffset: 7, lag: 0, stalled: undefined }
const error = new JournalError({
  reason: "Corrupt",
  topic: "orders",
  partition: 1,
  offset: 3,
  message: "It is broken."
})
const later = Date.UTC(3000, 0, 1)
const ill: PartitionStatus = {
  topic: "orders",
  partition: 1,
  nextOffset: 3,
  lag: 2,
  stalled: { error, since: 0, retryAt: later }
}

const get = (url: string, method = "GET") =>
  Effect.promise(async () => {
    const response = await fetch(url, { method })
    return { status: response.status, type: response.headers.get("content-type"), body: await response.text() }
  })

const replicatorOf = (partitions: () => ReadonlyArray<PartitionStatus>, waiting?: ConsumerGroupError) => ({
  status: partitions,
  waiting: () => waiting
})

const serve = (partitions: () => ReadonlyArray<PartitionStatus>, waiting?: () => ConsumerGroupError | undefined) =>
  serveMetrics({ listen: "127.0.0.1:0", replicator: () => replicatorOf(partitions, waiting?.()) })

/** A connection that says nothing. */
const connected = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname, () => resume(Effect.succeed(socket)))
      socket.on("error", () => undefined)
      socket.resume()
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const closed = (socket: Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.on("close", () => resume(Effect.void))
  })

describe("the metrics server", () => {
  it.live("serves Effect's metrics in the text format of Prometheus", () =>
    Effect.gen(function* () {
      const counter = Metric.counter("things_done", { description: "Things that are done", incremental: true })
      yield* Metric.update(Metric.withAttributes(counter, { topic: "orders" }), 3)
      const url = yield* serve(() => [])
      const { body, status, type } = yield* get(`${url}/metrics`)
      expect({ status, type }).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" })
      expect(body.split("\n")).toEqual([
        "# HELP things_done Things that are done",
        "# TYPE things_done counter",
        'things_done{topic="orders"} 3',
        ""
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.live("says that all is well, and with 503 what is not", () =>
    Effect.gen(function* () {
      let partitions = [well]
      const url = yield* serve(() => partitions)
      const good = yield* get(`${url}/health`)
      expect(good).toMatchObject({ status: 200, type: "application/json" })
      expect(JSON.parse(good.body)).toEqual({ status: "ok", partitions: 1, stalled: [] })
      partitions = [well, ill]
      const bad = yield* get(`${url}/health`)
      expect(bad.status).toBe(503)
      expect(JSON.parse(bad.body)).toEqual({
        status: "stalled",
        partitions: 2,
        stalled: [
          {
            topic: "orders",
            partition: 1,
            nextOffset: 3,
            reason: "Corrupt",
            message: "It is broken.",
            since: "1970-01-01T00:00:00.000Z",
            retryAt: "3000-01-01T00:00:00.000Z"
          }
        ]
      })
    })
  )

  it.live(
    "says with 503 that the group is waited for, and that all is well when it is joined without a partition",
    () =>
      Effect.gen(function* () {
        let waiting: ConsumerGroupError | undefined = new ConsumerGroupError({
          reason: "Unreachable",
          operation: "join",
          group: "g",
          message: "It is away."
        })
        const url = yield* serve(
          () => [],
          () => waiting
        )
        const away = yield* get(`${url}/health`)
        expect(away.status).toBe(503)
        expect(JSON.parse(away.body)).toEqual({
          status: "waiting",
          partitions: 0,
          group: { name: "g", reason: "Unreachable", message: "It is away." },
          stalled: []
        })
        waiting = undefined
        const joined = yield* get(`${url}/health`)
        expect(joined.status).toBe(200)
        expect(JSON.parse(joined.body)).toEqual({ status: "ok", partitions: 0, stalled: [] })
      })
  )

  it.live("does not tell of a next attempt that is past", () =>
    Effect.gen(function* () {
      const url = yield* serve(() => [{ ...ill, stalled: { error, since: 0, retryAt: 1000 } }])
      const { body } = yield* get(`${url}/health`)
      expect(JSON.parse(body).stalled[0]).not.toHaveProperty("retryAt")
    })
  )

  it.live("knows no other pages and methods, and answers HEAD without a body", () =>
    Effect.gen(function* () {
      const url = yield* serve(() => [])
      expect((yield* get(url)).status).toBe(404)
      expect((yield* get(`${url}/health`, "POST")).status).toBe(405)
      expect(yield* get(`${url}/health`, "HEAD")).toMatchObject({ status: 200, body: "" })
    })
  )

  it.live("says in a sentence why it cannot listen", () =>
    Effect.gen(function* () {
      const url = yield* serve(() => [])
      const taken = yield* Effect.flip(
        serveMetrics({ listen: url.slice("http://".length), replicator: () => replicatorOf(() => []) })
      )
      expect(taken).toMatchObject({ reason: "Listen" })
      expect(taken.message).toMatch(/^Metrics cannot be served at 127\.0\.0\.1:\d+ \(EADDRINUSE\): choose another/)
      const wrong = yield* Effect.flip(serveMetrics({ listen: "9100", replicator: () => replicatorOf(() => []) }))
      expect(wrong).toMatchObject({ reason: "InvalidAddress", message: expect.stringContaining("write host:port") })
    })
  )

  it.live("tells whoever asks of a defect in a page, and goes on", () =>
    Effect.gen(function* () {
      let broken = true
      const url = yield* serve(() => {
        if (broken) throw new Error("out of order")
        return [well]
      })
      expect(yield* get(`${url}/health`)).toMatchObject({ status: 500, body: expect.stringContaining("out of order") })
      broken = false
      expect((yield* get(`${url}/health`)).status).toBe(200)
    })
  )

  it.live("lets go of a connection on which nothing moves", () =>
    Effect.gen(function* () {
      const url = yield* serveMetrics({ listen: "127.0.0.1:0", replicator: () => replicatorOf(() => []), idleMs: 20 })
      const socket = yield* connected(url)
      yield* closed(socket)
      expect(socket.bytesRead).toBe(0)
    })
  )

  it.live("takes a hundred connections at a time", () =>
    Effect.gen(function* () {
      const url = yield* serve(() => [])
      const sockets = yield* Effect.forEach(Array.from({ length: 100 }), () => connected(url))
      yield* closed(yield* connected(url))
      sockets[0]?.destroy()
      yield* Effect.retry(
        Effect.flatMap(
          Effect.promise(() =>
            fetch(`${url}/health`).then(
              ({ status }) => status,
              () => 0
            )
          ),
          (status) => (status === 200 ? Effect.void : Effect.fail("refused"))
        ),
        { schedule: Schedule.spaced(5) }
      )
      expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1)
    })
  )

  it.live("no longer listens when its scope is closed, whoever is connected", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(
        Effect.tap(
          serve(() => [well]),
          (at) => get(`${at}/health`)
        )
      )
      const refused = yield* Effect.promise(() =>
        fetch(`${url}/health`).then(
          () => "answered",
          () => "refused"
        )
      )
      expect(refused).toBe("refused")
    })
  )
})
