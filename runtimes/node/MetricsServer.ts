import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Replicator } from "../../core/journal/index.ts"

/**
 * Why metrics are not served.
 *
 * - `InvalidAddress`: the address is not written as `host:port`
 * - `Listen`: nothing can listen there
 */
export type MetricsServerReason = "InvalidAddress" | "Listen"

/** Metrics that are not served. `message` is one sentence that says what to do. */
export class MetricsServerError extends Data.TaggedError("MetricsServerError")<{
  readonly reason: MetricsServerReason
  readonly listen: string
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * Where to listen, as `host:port` (port 0 takes a free one), and whose health it is. A connection on which nothing moves
 * for `idleMs` milliseconds (10 000) is closed.
 */
export interface MetricsServerOptions {
  readonly listen: string
  readonly replicator: () => Pick<Replicator, "status" | "waiting">
  readonly idleMs?: number
}

/** How many connections are taken at a time; others are closed at once. */
const maxConnections = 100

/**
 * Whether a replicator is well: it is when it is in its group, if it has one, and none of its partitions waits because of
 * an error. `retryAt` is there while it is still to come.
 */
export interface Health {
  readonly status: "ok" | "waiting" | "stalled"
  readonly partitions: number
  readonly group?: { readonly name: string; readonly reason: string; readonly message: string }
  readonly stalled: ReadonlyArray<{
    readonly topic: string
    readonly partition: number
    readonly nextOffset: number | undefined
    readonly reason: string
    readonly message: string
    readonly since: string
    readonly retryAt?: string
  }>
}

const timeOf = (millis: number): string => new Date(millis).toISOString()

/** Sums a replicator up, at `now` in milliseconds since the epoch. */
export const healthOf = ({ status, waiting }: Pick<Replicator, "status" | "waiting">, now: number): Health => {
  const partitions = status()
  const stalled = partitions.flatMap(({ nextOffset, partition, stalled: wait, topic }) => {
    if (wait === undefined) return []
    const { error, retryAt, since } = wait
    const { message, reason } = error
    const next = retryAt > now ? { retryAt: timeOf(retryAt) } : {}
    return [{ topic, partition, nextOffset, reason, message, since: timeOf(since), ...next }]
  })
  const out = waiting()
  const group = out === undefined ? {} : { group: { name: out.group, reason: out.reason, message: out.message } }
  const word = stalled.length > 0 ? "stalled" : out === undefined ? "ok" : "waiting"
  return { status: word, partitions: partitions.length, ...group, stalled }
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

const plain = (status: number, text: string): Page => ({ status, type: "text/plain; charset=utf-8", body: `${text}\n` })

const urlOf = (server: Server, host: string): string => {
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`
}

/**
 * Serves metrics and health over HTTP until the scope closes, and answers with the server's URL.
 *
 * **Details**
 *
 * `/metrics` is what Effect's metrics of this process say, in the text format of Prometheus. `/health` is a {@link Health}
 * as JSON, with status 200 when all is well and 503 when partitions are stalled
 * or the group is waited for.
 */
export const serveMetrics = Effect.fnUntraced(function* (
  options: MetricsServerOptions
): Effect.fn.Return<string, MetricsServerError, Scope> {
  const { idleMs = 10_000, listen, replicator } = options
  const parts = /^(?:\[([^\]\s]+)\]|([^:\s]+)):(\d{1,5})$/.exec(listen)
  const [host, port] = [parts?.[1] ?? parts?.[2] ?? "", Number(parts?.[3])]
  if (parts === null || port > 65_535) {
    const message = `"${listen}" is no address to serve metrics at: write host:port.`
    return yield* new MetricsServerError({ reason: "InvalidAddress", listen, message })
  }
  const { prometheusText } = yield* Effect.promise(() => import("./EffectMetrics.ts"))
  const clock = yield* Clock.Clock
  const metricsOf = Effect.runSyncWith(yield* Effect.context<never>())

  const pageOf = (request: IncomingMessage): Page => {
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "Only GET and HEAD are answered here.")
    switch (request.url?.split("?")[0]) {
      case "/metrics":
        return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metricsOf(prometheusText()) }
      case "/health": {
        const health = healthOf(replicator(), clock.currentTimeMillisUnsafe())
        const body = `${JSON.stringify(health)}\n`
        return { status: health.status === "ok" ? 200 : 503, type: "application/json", body }
      }
      default:
        return plain(404, "Here are /metrics and /health.")
    }
  }
  const pageOrDefect = (request: IncomingMessage): Page => {
    try {
      return pageOf(request)
    } catch (defect) {
      return plain(500, `This is a defect of odradek: ${String(defect)}`)
    }
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const page = pageOrDefect(request)
    const headers = { "content-type": page.type, "content-length": Buffer.byteLength(page.body) }
    response.writeHead(page.status, headers).end(request.method === "HEAD" ? undefined : page.body)
  }

  const server = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const opened = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, handle)
      opened.maxConnections = maxConnections
      return opened.setTimeout(idleMs)
    }),
    (opened) =>
      Effect.callback<void>((resume) => {
        opened.close(() => resume(Effect.void))
        opened.closeAllConnections()
      })
  )
  yield* Effect.callback<void, MetricsServerError>((resume) => {
    server.on("error", (cause) => {
      const why = "code" in cause ? String(cause.code) : cause.message
      const message = `Metrics cannot be served at ${listen} (${why}): choose another address.`
      resume(Effect.fail(new MetricsServerError({ reason: "Listen", listen, message, cause })))
    })
    server.listen(port, host, () => resume(Effect.void))
  })
  return urlOf(server, host)
})
