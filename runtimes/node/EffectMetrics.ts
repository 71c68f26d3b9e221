// What is used of effect's observability modules, which may change between releases of effect.
export { format as prometheusText } from "effect/observability/PrometheusMetrics"
