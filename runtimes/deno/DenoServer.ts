import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Address } from "../../core/ports/index.ts"

/** What is used of Deno. */
interface DenoRuntime {
  readonly serve: (
    options: {
      readonly hostname: string
      readonly port: number
      readonly cert?: string
      readonly key?: string
      readonly onListen: () => void
    },
    handler: (request: Request, info: DenoInfo) => Promise<Response>
  ) => DenoListening
}

interface DenoInfo {
  /** Fails where the client has gone before it had its answer. */
  readonly completed: Promise<void>
}

interface DenoListening {
  readonly addr: { readonly port: number }
  /** Lets nobody in any more, and ends when what is under way is answered. */
  readonly shutdown: () => Promise<void>
}

/** Why nothing is served. `message` is one sentence that says what to do. */
export class DenoServerError extends Data.TaggedError("DenoServerError")<{
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * Where a web handler is served.
 *
 * **Details**
 *
 * `tls` is the server's certificate and key, as the text of PEM files. At the end `drain` runs, nobody is let in any more, and
 * what is under way has `drainMs` milliseconds to be answered (10 000).
 */
export interface DenoServerOptions {
  readonly listen: Address
  readonly fetch: (request: Request) => Promise<Response>
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly drain?: Effect.Effect<void>
  readonly drainMs?: number
}

const runtimeOf = (world: { readonly Deno?: DenoRuntime }): DenoRuntime | undefined => world.Deno

/** The request with another signal: Deno's own aborts after good answers, too, and Deno warns whoever listens to it. */
const withSignal = ({ body, headers, method, url }: Request, signal: AbortSignal): Request =>
  new Request(url, { method, headers, signal, ...(body === null ? {} : { body, duplex: "half" }) })

/**
 * Serves a web handler with `Deno.serve` until the scope closes, and gives its URL.
 *
 * **When to use**
 *
 * Use under Deno for a handler of your own, such as that of `makeHttpHandler`; it needs `--allow-net`. `odradek http` needs no
 * program at all, and runs under Deno as it is.
 */
export const serveDeno = Effect.fnUntraced(function* (
  options: DenoServerOptions
): Effect.fn.Return<{ readonly url: string }, DenoServerError, Scope> {
  const { drain = Effect.void, drainMs = 10_000, fetch, listen, tls } = options
  const { host: hostname, port } = listen
  const deno = runtimeOf(globalThis as { readonly Deno?: DenoRuntime })
  if (deno === undefined) {
    return yield* new DenoServerError({ message: "This is not Deno: serve with serveWeb of odradek/runtimes/node." })
  }
  const server = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        const secured = tls === undefined ? {} : { cert: tls.certificate, key: tls.key }
        return deno.serve({ hostname, port, ...secured, onListen: () => undefined }, (request, { completed }) => {
          const controller = new AbortController()
          completed.catch(() => controller.abort())
          return fetch(withSignal(request, controller.signal))
        })
      },
      catch: (cause) => {
        const where = `${hostname}:${port}`
        const isRefused = cause instanceof Error && cause.name === "NotCapable"
        const message = isRefused
          ? `Deno refuses to serve at ${where}: run it again with --allow-net=${where}.`
          : `Nothing can be served at ${where} (${String(cause)}): choose another address.`
        return new DenoServerError({ message, cause })
      }
    }),
    (listening) => {
      const over = Effect.all([Effect.promise(() => listening.shutdown()), drain], { concurrency: 2, discard: true })
      return Effect.timeoutOrElse(over, { duration: drainMs, orElse: () => Effect.void })
    }
  )
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname
  return { url: `${tls === undefined ? "http" : "https"}://${shown}:${server.addr.port}` }
})
