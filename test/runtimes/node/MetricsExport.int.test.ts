import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { exportMetrics } from "../../../runtimes/node/MetricsExport.ts"

interface Arrived {
  readonly url: string | undefined
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
}

/** A collector that answers with this status, and what has arrived at it. */
const collector = (status = 200) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly arrived: Array<Arrived>; readonly close: () => void }>(
      (resume) => {
        const arrived: Array<Arrived> = []
        const server = createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            arrived.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) })
            response.writeHead(status).end()
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" ? address?.port : undefined
          const close = () => {
            server.close()
            server.closeAllConnections()
          }
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, arrived, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const service = { name: "replicator", version: "1.2.3" }

/** Sends what there is once, when the scope of the export closes, and takes down what is logged. */
const once = Effect.fnUntraced(function* (options: Omit<Parameters<typeof exportMetrics>[0], "service">) {
  const said: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void said.push(String(message)))
  yield* Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.provide(exportMetrics({ ...options, service }), scope)
    const counter = Metric.counter("things_done", { description: "Things that are done", incremental: true })
    yield* Metric.update(Metric.withAttributes(counter, { topic: "orders" }), 3)
    const histogram = Metric.histogram("took", { boundaries: [1, 10] })
    for (const value of [0.5, 5, 50]) yield* Metric.update(histogram, value)
    yield* Scope.close(scope, Exit.void)
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()), Effect.provide(Logger.layer([logger])))
  return said
})

const json = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }

describe("metrics that are sent to a collector", () => {
  it.live("arrive as OTLP in JSON, with the service's name, counters and histograms", () =>
    Effect.gen(function* () {
      const { arrived, url } = yield* collector()
      expect(yield* once({ endpoint: url, environment: json })).toEqual([])
      expect(arrived.map(({ headers, url: path }) => [path, headers["content-type"]])).toEqual([
        ["/v1/metrics", "application/json"]
      ])
      const sent: unknown = JSON.parse(String(arrived[0]?.body))
      const topic = { key: "topic", value: { stringValue: "orders" } }
      expect(sent).toMatchObject({
        resourceMetrics: [
          {
            resource: {
              attributes: expect.arrayContaining([
                { key: "service.name", value: { stringValue: "replicator" } },
                { key: "service.version", value: { stringValue: "1.2.3" } }
              ])
            },
            scopeMetrics: [
              {
                metrics: expect.arrayContaining([
                  expect.objectContaining({
                    name: "things_done",
                    sum: expect.objectContaining({
                      isMonotonic: true,
                      dataPoints: [
                        expect.objectContaining({ attributes: expect.arrayContaining([topic]), asDouble: 3 })
                      ]
                    })
                  }),
                  expect.objectContaining({
                    name: "took",
                    histogram: expect.objectContaining({
                      dataPoints: [
                        expect.objectContaining({
                          explicitBounds: [1, 10],
                          bucketCounts: [1, 1, 1],
                          count: 3,
                          sum: 55.5
                        })
                      ]
                    })
                  })
                ])
              }
            ]
          }
        ]
      })
    })
  )

  it.live("arrive as protobuf unless told otherwise, where OpenTelemetry's own variables say", () =>
    Effect.gen(function* () {
      const { arrived, url } = yield* collector()
      const environment = {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base`,
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret",
        OTEL_SERVICE_NAME: "mine"
      }
      yield* once({ environment })
      expect(arrived.map(({ headers, url: path }) => [path, headers["content-type"], headers["x-key"]])).toEqual([
        ["/base/v1/metrics", "application/x-protobuf", "secret"]
      ])
      expect(arrived[0]?.body.includes("things_done")).toBe(true)
      expect(arrived[0]?.body.includes("mine")).toBe(true)
    })
  )

  it.live("go where the flag says, and not where the environment does", () =>
    Effect.gen(function* () {
      const [flag, variable] = [yield* collector(), yield* collector()]
      const environment = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: variable.url }
      yield* once({ endpoint: flag.url, environment })
      expect([flag.arrived.length, variable.arrived.length]).toEqual([1, 0])
    })
  )

  it.live("go nowhere without an endpoint, or when OpenTelemetry is off", () =>
    Effect.gen(function* () {
      const { arrived, url } = yield* collector()
      yield* once({ environment: {} })
      yield* once({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: "true" } })
      expect(arrived).toEqual([])
    })
  )

  it.live("are told of in a warning when they are refused, or nobody is there", () =>
    Effect.gen(function* () {
      const { url } = yield* collector(403)
      expect(yield* once({ endpoint: url, environment: json })).toEqual([
        `Metrics do not arrive at ${url} (HTTP 403): check the collector and its address.`
      ])
      const gone = yield* Effect.scoped(collector())
      expect(yield* once({ endpoint: gone.url, environment: json })).toEqual([
        expect.stringMatching(/^Metrics do not arrive at http:\/\/127.0.0.1:\d+ \(.+\): check the collector/)
      ])
    })
  )

  it.live("fail at once with a sentence where the variables make no sense", () =>
    Effect.gen(function* () {
      const wrong = yield* Effect.flip(once({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "collector" } }))
      expect(wrong).toMatchObject({ _tag: "MetricsExportError", message: expect.stringContaining('"collector"') })
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_METRIC_EXPORT_INTERVAL: "often" }
      expect(yield* Effect.flip(once({ environment }))).toMatchObject({
        _tag: "MetricsExportError",
        message: expect.stringContaining("OTEL_ variables")
      })
    })
  )
})
