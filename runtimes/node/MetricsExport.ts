import * as ConfigProvider from "effect/ConfigProvider"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"

/**
 * Where metrics are sent, and as whose.
 *
 * **Details**
 *
 * `endpoint` is an OpenTelemetry collector's URL for OTLP over HTTP, such as `http://127.0.0.1:4318`; without it
 * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` of the `environment` names it. The other variables
 * of OpenTelemetry are those of the environment, too: `OTEL_EXPORTER_OTLP_PROTOCOL` (`http/protobuf`, or `http/json`),
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_METRIC_EXPORT_INTERVAL` (10 000, in milliseconds), `OTEL_SERVICE_NAME` and
 * `OTEL_RESOURCE_ATTRIBUTES`; with `OTEL_SDK_DISABLED` nothing is sent.
 */
export interface MetricsExportOptions {
  readonly endpoint?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly service: { readonly name: string; readonly version: string }
}

/** Metrics that cannot be sent, since OpenTelemetry's variables make no sense. `message` is one sentence that says what to do. */
export class MetricsExportError extends Data.TaggedError("MetricsExportError")<{
  readonly message: string
  readonly cause?: unknown
}> {}

/** What OpenTelemetry's variables are, with what was given instead. */
const variables = ({ endpoint, environment, service }: MetricsExportOptions): Record<string, string> => {
  const given = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith("OTEL_") && value !== undefined && value !== "" ? [[name, value] as const] : []
  )
  const { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own, ...others } = Object.fromEntries(given)
  const named = own === undefined ? {} : { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own }
  const isNamed = /(^|,)\s*service\.name\s*=/.test(others["OTEL_RESOURCE_ATTRIBUTES"] ?? "")
  return {
    OTEL_METRICS_EXPORTER: "otlp",
    ...(isNamed ? {} : { OTEL_SERVICE_NAME: service.name, OTEL_SERVICE_VERSION: service.version }),
    ...others,
    ...(endpoint === undefined ? named : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  }
}

/**
 * Sends Effect's metrics of this process to an OpenTelemetry collector, until the scope closes, and then once more.
 *
 * **Details**
 *
 * Nothing is loaded where no endpoint is named. A collector that is out of reach, or refuses, is told of in a warning when
 * that begins, and is left alone for a minute at a time; nothing else waits for it.
 */
export const exportMetrics = Effect.fnUntraced(function* (
  options: MetricsExportOptions
): Effect.fn.Return<void, MetricsExportError, Scope> {
  const found = variables(options)
  const endpoint = found["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] ?? found["OTEL_EXPORTER_OTLP_ENDPOINT"]
  if (endpoint === undefined) return
  if (!URL.canParse(endpoint)) {
    const message = `Metrics cannot be sent to "${endpoint}": give the URL of a collector, such as http://127.0.0.1:4318.`
    return yield* new MetricsExportError({ message })
  }
  const { FetchHttpClient, HttpClient, OtlpMetrics, OtlpSerialization } = yield* Effect.promise(
    () => import("./EffectMetrics.ts")
  )
  let isTold = false
  const failed = (why: string): Effect.Effect<void> => {
    if (isTold) return Effect.void
    isTold = true
    return Effect.logWarning(`Metrics do not arrive at ${endpoint} (${why}): check the collector and its address.`)
  }
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (plain) =>
      plain.pipe(
        HttpClient.tap(({ status }) => {
          if (status >= 400) return failed(`HTTP ${status}`)
          return Effect.sync(() => {
            isTold = false
          })
        }),
        HttpClient.tapError((error) => failed(error.message))
      )
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))
  const protocol = found["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] ?? found["OTEL_EXPORTER_OTLP_PROTOCOL"]
  const exporter = OtlpMetrics.layerFromConfig().pipe(
    Layer.provide(protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf),
    Layer.provide(client),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: found })))
  )
  yield* Effect.catchDefect(Layer.build(exporter), (cause) => {
    const why = cause instanceof Error ? cause.message.replace(/\s+/g, " ") : String(cause)
    const message = `Metrics cannot be sent as the environment's OTEL_ variables say (${why}): correct or remove them.`
    return Effect.fail(new MetricsExportError({ message, cause }))
  })
})
