// What is used of effect's observability and HTTP client modules, which may change between releases of effect.
export * as FetchHttpClient from "effect/http/FetchHttpClient"
export * as HttpClient from "effect/http/HttpClient"
export * as OtlpMetrics from "effect/observability/OtlpMetrics"
export * as OtlpSerialization from "effect/observability/OtlpSerialization"
export { format as prometheusText } from "effect/observability/PrometheusMetrics"
