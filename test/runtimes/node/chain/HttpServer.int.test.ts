import { connect } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { serveHttp } from "../../../../runtimes/node/chain/HttpServer.ts"
import { jsonPage, type PageRequest, textPage } from "../../../../runtimes/node/chain/Page.ts"

const listen = { host: "127.0.0.1", port: 0 }
const get = (url: string, init?: RequestInit) => Effect.promise(() => fetch(url, init))
const textOf = (response: Response) => Effect.promise(() => response.text())

describe("an HTTP server", () => {
  it.live("gives a request as it is, and answers what it is told", () =>
    Effect.gen(function* () {
      const seen: Array<PageRequest> = []
      const page = (request: PageRequest) =>
        Effect.sync(() => (seen.push(request), jsonPage(201, { a: 1 }, { etag: "x" })))
      const url = yield* serveHttp({ listen, page })
      const response = yield* get(`${url}/k/a%20b?q=1`, { method: "PUT", body: "body", headers: { "If-Match": "7" } })
      expect([response.status, response.headers.get("etag"), yield* textOf(response)]).toEqual([201, "x", '{"a":1}\n'])
      const [request] = seen
      expect([request?.method, request?.path, request?.query.get("q")]).toEqual(["PUT", "/k/a%20b", "1"])
      expect([request?.headers["if-match"], new TextDecoder().decode(request?.body)]).toEqual(["7", "body"])
    })
  )

  it.live("answers HEAD as GET, without the body", () =>
    Effect.gen(function* () {
      const url = yield* serveHttp({ listen, page: ({ method }) => Effect.succeed(textPage(200, method)) })
      const response = yield* get(url, { method: "HEAD" })
      expect([response.headers.get("content-length"), yield* textOf(response)]).toEqual(["4", ""])
    })
  )

  it.live("refuses a body that is too large", () =>
    Effect.gen(function* () {
      const url = yield* serveHttp({ listen, page: () => Effect.succeed(textPage(200, "")), maxBodyBytes: 10 })
      expect((yield* get(url, { method: "PUT", body: "0123456789" })).status).toBe(200)
      expect((yield* get(url, { method: "PUT", body: "0123456789a" })).status).toBe(413)
    })
  )

  it.live("interrupts a request whose client has gone", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const page = () =>
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
      const url = yield* serveHttp({ listen, page })
      const socket = connect(Number(new URL(url).port), "127.0.0.1")
      socket.write("GET / HTTP/1.1\r\nhost: here\r\n\r\n")
      yield* Deferred.await(begun)
      socket.destroy()
      yield* Deferred.await(interrupted)
    })
  )

  it.live("answers a defect with 500, and logs it", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
      const url = yield* Effect.provide(serveHttp({ listen, page: () => Effect.die("broken") }), logger)
      expect((yield* get(url)).status).toBe(500)
      expect(logged).toEqual(["A request has failed."])
    })
  )

  it.live("that cannot listen says so in a sentence", () =>
    Effect.gen(function* () {
      const url = yield* serveHttp({ listen, page: () => Effect.succeed(textPage(200, "")) })
      const taken = { ...listen, port: Number(new URL(url).port) }
      const error = yield* Effect.flip(serveHttp({ listen: taken, page: () => Effect.succeed(textPage(200, "")) }))
      expect(error.message).toMatch(
        /^Nothing can be served at 127\.0\.0\.1:\d+ \(EADDRINUSE\): choose another address\.$/
      )
    })
  )
})
