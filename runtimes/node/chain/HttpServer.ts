import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { Scope } from "effect/Scope"
import type { Address } from "../../../core/ports/index.ts"
import { errorPage, type Page, type PageRequest } from "./Page.ts"

/** Nothing can listen there. `message` is one sentence that says what to do. */
export class HttpListenError extends Data.TaggedError("HttpListenError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/**
 * Settings of an HTTP server; times in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * A larger body than `maxBodyBytes` (2 MiB) is refused, a request has to be there within `requestMs` (10 000), and a
 * connection on which nothing moves for `idleMs` (60 000) is closed. Above `maxConnections` (1000) others are closed at
 * once.
 */
export interface HttpServerOptions {
  readonly listen: Address
  readonly page: (request: PageRequest) => Effect.Effect<Page>
  readonly maxBodyBytes?: number
  readonly requestMs?: number
  readonly idleMs?: number
  readonly maxConnections?: number
}

const urlOf = (server: Server, { host }: Address): string => {
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`
}

/** Reads the whole body; `undefined` when it is too large. */
const bodyOf = (request: IncomingMessage, maxBytes: number): Effect.Effect<Uint8Array | undefined, Error> =>
  Effect.callback((resume) => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    request.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
    })
    request.on("end", () => resume(Effect.succeed(size > maxBytes ? undefined : Buffer.concat(chunks))))
    request.on("error", (error) => resume(Effect.fail(error)))
    request.on("aborted", () => resume(Effect.fail(new Error("the client has gone"))))
  })

const send = (response: ServerResponse, { body, headers, status }: Page, isHead: boolean): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(isHead ? undefined : body)
}

/**
 * Serves pages over HTTP until the scope closes, and gives the server's URL.
 *
 * **Details**
 *
 * A request whose client has gone is interrupted. HEAD is answered as GET is, without the body.
 */
export const serveHttp = Effect.fnUntraced(function* (
  options: HttpServerOptions
): Effect.fn.Return<string, HttpListenError, Scope> {
  const { idleMs = 60_000, listen, maxBodyBytes = 2 << 20, maxConnections = 1000, page, requestMs = 10_000 } = options
  const run = yield* FiberSet.makeRuntime<never, void>()

  const answer = Effect.fnUntraced(function* (request: IncomingMessage) {
    const body = yield* bodyOf(request, maxBodyBytes)
    if (body === undefined) return errorPage(413, "TooLarge", `A body has at most ${maxBodyBytes} bytes: send less.`)
    const url = URL.parse(request.url ?? "/", "http://here")
    if (url === null) return errorPage(400, "BadRequest", "The address of the request cannot be read: send a path.")
    const { pathname, searchParams } = url
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET")
    return yield* page({ method, path: pathname, query: searchParams, headers: request.headers, body })
  })
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const answered = answer(request).pipe(
      Effect.catchCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
        return request.destroyed && response.destroyed
          ? Effect.interrupt
          : Effect.as(
              Effect.logError("A request has failed.", cause),
              errorPage(500, "Defect", "This is a defect of odradek; its log says more.")
            )
      }),
      Effect.map((made) => send(response, made, request.method === "HEAD"))
    )
    const fiber = run(Effect.ignoreCause(answered))
    response.on("close", () => fiber.interruptUnsafe())
  }

  const server = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const opened = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, handle)
      opened.maxConnections = maxConnections
      return opened.setTimeout(idleMs)
    }),
    (opened) =>
      Effect.callback<void>((resume) => {
        opened.close(() => resume(Effect.void))
        opened.closeAllConnections()
      })
  )
  yield* Effect.callback<void, HttpListenError>((resume) => {
    server.on("error", (cause) => {
      const why = "code" in cause ? String(cause.code) : cause.message
      const message = `Nothing can be served at ${listen.host}:${listen.port} (${why}): choose another address.`
      resume(Effect.fail(new HttpListenError({ message, cause })))
    })
    server.listen(listen.port, listen.host, () => resume(Effect.void))
  })
  return urlOf(server, listen)
})
