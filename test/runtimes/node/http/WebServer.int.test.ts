import { connect } from "node:net"
import { request as secureRequest } from "node:https"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { Problem, problemParts } from "../../../../adapters/http/index.ts"
import { serveWeb } from "../../../../runtimes/node/http/WebServer.ts"
import type { WebServerOptions } from "../../../../runtimes/node/http/WebServer.ts"
import { Authority } from "../../../adapters/tcp/Certificates.ts"

const listen = { host: "127.0.0.1", port: 0 }
const silent = Logger.layer([])

const served = (fetch: WebServerOptions["fetch"], more: Partial<WebServerOptions> = {}) =>
  Effect.map(serveWeb({ listen, fetch, ...more }), ({ url }) => url)

const get = (url: string, init?: RequestInit) => Effect.promise(() => fetch(url, init))

/** What comes back for some bytes, until the server hangs up. */
const raw = (url: string, bytes: string) =>
  Effect.callback<string>((resume) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes))
    let text = ""
    socket.on("data", (chunk) => (text += chunk.toString()))
    socket.on("close", () => resume(Effect.succeed(text)))
    socket.on("error", () => undefined)
  })

describe("a web server", () => {
  it.live("gives a request as it is, and the answer as it is", () =>
    Effect.gen(function* () {
      const url = yield* served(async (request) => {
        const said = [request.method, new URL(request.url).pathname, request.headers.get("x-a"), await request.text()]
        return new Response(said.join(" "), { status: 201, headers: { etag: '"1"' } })
      })
      const response = yield* get(`${url}/a%2Fb?c=d`, { method: "PUT", body: "body", headers: { "x-a": "1" } })
      expect(response.status).toBe(201)
      expect(response.headers.get("etag")).toBe('"1"')
      expect(yield* Effect.promise(() => response.text())).toBe("PUT /a%2Fb 1 body")
    })
  )

  it.live("sends a stream no faster than it is taken, and stops it when the client has gone", () =>
    Effect.gen(function* () {
      let made = 0
      const cancelled = Deferred.makeUnsafe<void>()
      const body = () =>
        new ReadableStream({
          pull: (controller) => {
            made++
            controller.enqueue(new Uint8Array(64 * 1024))
          },
          cancel: () => void Deferred.doneUnsafe(cancelled, Effect.void)
        })
      const url = yield* served(async () => new Response(body()))
      const response = yield* get(url)
      const reader = response.body!.getReader()
      // What was made and is not taken yet is in the buffers between the two.
      const buffers = 32 * 1024 * 1024
      for (let taken = 0; taken < 2 * buffers;) {
        taken += (yield* Effect.promise(() => reader.read())).value?.length ?? 0
        expect(made * 64 * 1024 - taken).toBeLessThan(buffers)
      }
      yield* Effect.promise(() => reader.cancel())
      yield* Deferred.await(cancelled)
    })
  )

  it.live("tells a handler that its client has gone", () =>
    Effect.gen(function* () {
      const [begun, aborted] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
      const url = yield* served(({ signal }) => {
        signal.addEventListener("abort", () => Deferred.doneUnsafe(aborted, Effect.void))
        Deferred.doneUnsafe(begun, Effect.void)
        return new Promise(() => undefined)
      })
      const controller = new AbortController()
      const gone = fetch(url, { signal: controller.signal }).catch(() => "gone")
      yield* Deferred.await(begun)
      controller.abort()
      yield* Deferred.await(aborted)
      expect(yield* Effect.promise(() => gone)).toBe("gone")
    })
  )

  it.live("ends the connection where an answer fails after it has begun", () =>
    Effect.gen(function* () {
      let pulled = 0
      const body = () =>
        new ReadableStream({
          pull: (controller) => (pulled++ === 0 ? controller.enqueue(Uint8Array.of(1)) : controller.error("broken"))
        })
      const url = yield* served(async () => new Response(body()))
      const response = yield* get(url)
      const read = yield* Effect.promise(() =>
        response
          .arrayBuffer()
          .then(() => "whole")
          .catch(() => "cut off")
      )
      expect(read).toBe("cut off")
    }).pipe(Effect.provide(silent))
  )

  it.live("answers what is no request with a problem", () =>
    Effect.gen(function* () {
      const url = yield* served(async () => new Response("fine"))
      expect(yield* raw(url, "nonsense\r\n\r\n")).toMatch(
        /^HTTP\/1.1 400 [^]*application\/problem\+json[^]*invalid-request/
      )
      expect(yield* raw(url, "GET / HTTP/1.1\r\n\r\n")).toMatch(
        /^HTTP\/1.1 400 [^]*application\/problem\+json[^]*The request has no Host; send one\./
      )
      const large = `GET / HTTP/1.1\r\nhost: a\r\nx-large: ${"x".repeat(20_000)}\r\n\r\n`
      expect(yield* raw(url, large)).toMatch(/^HTTP\/1.1 431 [^]*urn:odradek:problem:headers-too-large/)
      expect(yield* raw(url, "TRACE /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).toContain("fine")
    })
  )

  it.live("hangs up where the rest of a request is not waited for", () =>
    Effect.gen(function* () {
      const { body, headers, status } = problemParts(new Problem({ kind: "request-timeout", message: "Too late." }))
      const url = yield* served(async () => new Response(body, { status, headers }))
      const half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf"
      expect(yield* raw(url, half)).toMatch(/^HTTP\/1.1 408 [^]*connection: close[^]*Too late\./)
    })
  )

  it.live("answers what is under way when it ends, and lets nobody in any more", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const [begun, drained] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
      const slow = async () => {
        Deferred.doneUnsafe(begun, Effect.void)
        await Effect.runPromise(Deferred.await(drained))
        return new Response("answered")
      }
      const drain = Effect.asVoid(Deferred.succeed(drained, undefined))
      const url = yield* Scope.provide(served(slow, { drain }), scope)
      const answer = fetch(url).then((response) => response.text())
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.promise(() => answer)).toBe("answered")
      expect(
        yield* Effect.promise(() =>
          fetch(url)
            .then(() => "let in")
            .catch(() => "refused")
        )
      ).toBe("refused")
    })
  )

  it.live("hangs up on who is not done when it has waited long enough", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const begun = Deferred.makeUnsafe<void>()
      const never = () => {
        Deferred.doneUnsafe(begun, Effect.void)
        return new Promise<Response>(() => undefined)
      }
      const url = yield* Scope.provide(served(never, { drainMs: 50 }), scope)
      const answer = fetch(url)
        .then(() => "answered")
        .catch(() => "hung up")
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.promise(() => answer)).toBe("hung up")
    })
  )

  it.live("an address that is taken is named", () =>
    Effect.gen(function* () {
      const url = yield* served(async () => new Response())
      const port = Number(new URL(url).port)
      const taken = yield* Effect.flip(
        serveWeb({ listen: { host: "127.0.0.1", port }, fetch: async () => new Response() })
      )
      expect(taken.message).toBe(`Nothing can be served at 127.0.0.1:${port} (EADDRINUSE): choose another address.`)
    })
  )

  it.live("with an authority, only those with a certificate of it are let in", () =>
    Effect.gen(function* () {
      const [ours, theirs] = [new Authority(), new Authority()]
      const [server, client, stranger] = [ours.sign(), ours.sign(), theirs.sign()]
      for (const authority of [ours, theirs]) authority.remove()
      const url = yield* served(async () => new Response("let in"), { tls: server })
      const ask = (own: { readonly certificate: string; readonly key: string } | undefined) =>
        Effect.callback<string>((resume) => {
          const identity = own === undefined ? {} : { cert: own.certificate, key: own.key }
          const asked = secureRequest(url, { ca: server.ca, ...identity, agent: false }, (response) => {
            response.on("data", (chunk: Buffer) => resume(Effect.succeed(chunk.toString())))
          })
          asked.on("error", () => resume(Effect.succeed("refused")))
          asked.end()
        })
      expect(url).toMatch(/^https:/)
      expect(yield* ask(client)).toBe("let in")
      expect(yield* ask(undefined)).toBe("refused")
      expect(yield* ask(stranger)).toBe("refused")
    })
  )
})
