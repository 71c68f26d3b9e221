import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import { createServer as createSecureServer } from "node:https"
import type { Socket } from "node:net"
import { Readable } from "node:stream"
import type { ReadableStream as WebStream } from "node:stream/web"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import { Problem, problemParts } from "../../../adapters/http/index.ts"
import type { ProblemKind } from "../../../adapters/http/index.ts"
import type { Address } from "../../../core/ports/index.ts"

/** Nothing can listen there. `message` is one sentence that says what to do. */
export class WebServerError extends Data.TaggedError("WebServerError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/**
 * Who a server is, and whom it lets in, each as the text of a PEM file: with `ca`, only those who show a certificate that
 * this authority has signed.
 */
export interface WebServerTls {
  readonly certificate: string
  readonly key: string
  readonly ca?: string
}

/**
 * Where a web handler is served, and how; times in milliseconds.
 *
 * **Details**
 *
 * A request has to be there within `requestMs` (15 000), its headers within 16 KiB. A connection on which nothing moves for
 * `idleMs` (60 000) is closed, and so is one that is not let in above `maxConnections` (1000). At the end no more are let
 * in, and those that are under way have `drainMs` (10 000) to be answered.
 */
export interface WebServerOptions {
  readonly listen: Address
  readonly fetch: (request: Request) => Promise<Response>
  readonly tls?: WebServerTls
  /** Runs when the server is to end, before it waits for what is under way. */
  readonly drain?: Effect.Effect<void>
  readonly requestMs?: number
  readonly idleMs?: number
  readonly drainMs?: number
  readonly maxConnections?: number
}

/** A web server, and where it is. */
export interface WebServer {
  readonly url: string
}

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "")
  return headers
}

/** Methods that `Request` does not take; nobody serves them. */
const untakable = /^(connect|trace|track)$/i

const requestOf = (incoming: IncomingMessage, signal: AbortSignal): Request => {
  const { method = "GET", url = "/" } = incoming
  const hasBody = method !== "GET" && method !== "HEAD"
  const body = hasBody ? (Readable.toWeb(incoming) as WebStream<Uint8Array>) : null
  const target = URL.parse(`http://localhost${url.startsWith("/") ? url : "/"}`)
  return new Request(target ?? "http://localhost/", {
    method: untakable.test(method) ? `NOT-${method}` : method,
    headers: headersOf(incoming),
    signal,
    ...(body === null ? {} : { body: body as ReadableStream<Uint8Array>, duplex: "half" })
  })
}

/** Ends when the client has taken what was written, or has gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.once("drain", done)
    response.once("close", done)
  })

/** Sends an answer no faster than the client takes it. */
const send = async (answer: Response, response: ServerResponse): Promise<void> => {
  response.writeHead(answer.status, [...answer.headers].flat())
  const reader = answer.body?.getReader()
  if (reader === undefined) {
    response.end()
    return
  }
  response.flushHeaders()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || response.destroyed) break
      if (!response.write(value)) await drained(response)
    }
    response.end()
  } finally {
    if (!response.writableFinished && response.destroyed) await reader.cancel().catch(() => undefined)
  }
}

const kinds: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  HPE_HEADER_OVERFLOW: ["headers-too-large", "The headers have more than 16 KiB; send fewer."],
  ERR_HTTP_REQUEST_TIMEOUT: [
    "request-timeout",
    "The request was not there in time; nothing was written, send it again."
  ]
}

/** A problem after which the connection ends. */
const lastParts = (kind: ProblemKind, message: string) => {
  const { body, headers, status } = problemParts(new Problem({ kind, message }))
  return {
    status,
    headers: { ...headers, connection: "close", "content-length": String(Buffer.byteLength(body)) },
    body
  }
}

/** HTTP/1.1 wants to know which host is asked (RFC 9112, 3.2). */
const isHostless = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === "1.1" && headers.host === undefined

/** What somebody is told whose bytes are no request. */
const refusal = (error: Error): string => {
  const code = "code" in error ? String(error.code) : ""
  const [kind, message] = kinds[code] ?? (["invalid-request", "This is no request of HTTP/1.1; send one."] as const)
  const { body, headers: all, status } = lastParts(kind, message)
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`
}

const open = (
  { idleMs = 60_000, maxConnections = 1000, requestMs = 15_000, tls }: WebServerOptions,
  handle: (request: IncomingMessage, response: ServerResponse) => void
): Server => {
  const settings = {
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    maxHeaderSize: 16_384,
    // Node would answer without a body.
    requireHostHeader: false
  }
  const server =
    tls === undefined
      ? createServer(settings, handle)
      : createSecureServer(
          {
            ...settings,
            cert: tls.certificate,
            key: tls.key,
            minVersion: "TLSv1.2",
            handshakeTimeout: requestMs,
            ...(tls.ca === undefined ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: true })
          },
          handle
        )
  server.maxConnections = maxConnections
  server.on("clientError", (error: Error, socket: Socket) => {
    if (socket.writable && "code" in error && error.code !== "ECONNRESET") socket.end(refusal(error))
    else socket.destroy()
  })
  return server.setTimeout(idleMs)
}

const urlOf = (server: Server, { host }: Address, scheme: string): string => {
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`
}

/** Lets nobody in any more, waits for what is under way, and then hangs up. */
const end = (server: Server, { drain = Effect.void, drainMs = 10_000 }: WebServerOptions): Effect.Effect<void> =>
  Effect.gen(function* () {
    const closed = Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
    // A connection that is kept alive is idle only when its last answer is there.
    const hangUp = Effect.repeat(
      Effect.sync(() => server.closeIdleConnections()),
      Schedule.spaced(50)
    )
    const over = Effect.raceFirst(Effect.all([closed, drain], { concurrency: 2, discard: true }), hangUp)
    yield* Effect.timeoutOrElse(over, { duration: drainMs, orElse: () => Effect.void })
    server.closeAllConnections()
  })

/**
 * Serves a web handler over HTTP/1.1 until the scope closes (`node:http`, `node:https`).
 *
 * **Details**
 *
 * The signal of a request aborts when its client has gone. What fails after an answer has begun ends the connection, so that
 * nobody takes the part for the whole.
 */
export const serveWeb = Effect.fnUntraced(function* (
  options: WebServerOptions
): Effect.fn.Return<WebServer, WebServerError, Scope> {
  const { fetch, listen, tls } = options
  const log = Effect.runForkWith(yield* Effect.context<never>())

  const answer = async (incoming: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> => {
    if (isHostless(incoming)) {
      const { body, headers, status } = lastParts("invalid-request", "The request has no Host; send one.")
      response.writeHead(status, headers).end(body)
      return
    }
    try {
      await send(await fetch(requestOf(incoming, signal)), response)
    } catch (cause) {
      if (!signal.aborted) log(Effect.logWarning(`An answer has ended too early: ${String(cause)}.`))
      response.destroy()
    }
  }
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      open(options, (incoming, response) => {
        const controller = new AbortController()
        response.once("close", () => controller.abort())
        void answer(incoming, response, controller.signal)
      })
    ),
    (opened) => end(opened, options)
  )
  yield* Effect.callback<void, WebServerError>((resume) => {
    server.on("error", (cause) => {
      const why = "code" in cause ? String(cause.code) : cause.message
      const message = `Nothing can be served at ${listen.host}:${listen.port} (${why}): choose another address.`
      resume(Effect.fail(new WebServerError({ message, cause })))
    })
    server.listen(listen.port, listen.host, () => resume(Effect.void))
  })
  return { url: urlOf(server, listen, tls === undefined ? "http" : "https") }
})
