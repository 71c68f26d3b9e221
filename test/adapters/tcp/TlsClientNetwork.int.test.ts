import { createServer, type TlsOptions as ServerOptions } from "node:tls"
import { afterAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TcpNetwork, TlsClientNetwork } from "../../../adapters/tcp/index.ts"
import type { BrokerTls } from "../../../core/client/index.ts"
import { Authority } from "./Certificates.ts"

const authority = new Authority()
const other = new Authority()
afterAll(() => {
  authority.remove()
  other.remove()
})

const own = authority.sign()
const { ca } = own

/** A server that says one byte to everybody whom it lets in. */
const serving = (options: ServerOptions) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
      const server = createServer(options, (socket) => {
        socket.on("error", () => {})
        socket.end(Uint8Array.of(7))
      })
      server.listen(0, "127.0.0.1", () => {
        const bound = server.address()
        const port = bound === null || typeof bound === "string" ? 0 : bound.port
        resume(Effect.succeed({ port, close: () => void server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const byteFrom = Effect.fnUntraced(function* (tls: BrokerTls, port: number, host = "127.0.0.1") {
  const network = yield* TlsClientNetwork.make(tls)
  const connection = yield* network.connect({ address: { host, port }, timeoutMs: 5000 })
  return yield* connection.read
})

const served = { cert: own.certificate, key: own.key }

describe("TlsClientNetwork", () => {
  it.live("reaches a server of an authority that it trusts, and shows nothing of itself", () =>
    Effect.gen(function* () {
      const { port } = yield* serving(served)
      expect(yield* byteFrom({ ca }, port)).toEqual(Buffer.from([7]))
      expect(yield* byteFrom({ ca }, port, "localhost")).toEqual(Buffer.from([7]))
    })
  )

  it.live("trusts nobody but the authorities of Node where none is given", () =>
    Effect.gen(function* () {
      const { port } = yield* serving(served)
      const error = yield* Effect.flip(byteFrom({}, port))
      expect(error).toMatchObject({
        reason: "Untrusted",
        message: expect.stringContaining("not of an authority that is trusted here")
      })
    })
  )

  it.live("does not trust a server of another authority", () =>
    Effect.gen(function* () {
      const stranger = other.sign()
      const { port } = yield* serving({ cert: stranger.certificate, key: stranger.key })
      expect(yield* Effect.flip(byteFrom({ ca }, port))).toMatchObject({ reason: "Untrusted" })
    })
  )

  it.live("does not trust a server with the certificate of another host, unless any name will do", () =>
    Effect.gen(function* () {
      const elsewhere = authority.sign("DNS:elsewhere")
      const { port } = yield* serving({ cert: elsewhere.certificate, key: elsewhere.key })
      const error = yield* Effect.flip(byteFrom({ ca }, port))
      expect(error).toMatchObject({ reason: "Untrusted", message: expect.stringContaining("is for another host") })
      expect(yield* byteFrom({ ca, anyName: true }, port)).toEqual(Buffer.from([7]))
    })
  )

  it.live("does not trust a certificate that has expired", () =>
    Effect.gen(function* () {
      const old = authority.sign("IP:127.0.0.1", { days: -1 })
      const { port } = yield* serving({ cert: old.certificate, key: old.key })
      const error = yield* Effect.flip(byteFrom({ ca }, port))
      expect(error).toMatchObject({ reason: "Untrusted", message: expect.stringContaining("has expired") })
    })
  )

  it.live("shows its certificate to a server that wants one, and is told where it has none", () =>
    Effect.gen(function* () {
      const { port } = yield* serving({ ...served, ca, requestCert: true })
      const { certificate, key } = authority.sign()
      expect(yield* byteFrom({ ca, certificate, key }, port)).toEqual(Buffer.from([7]))
      const error = yield* Effect.flip(byteFrom({ ca }, port))
      expect(error).toMatchObject({
        reason: "Untrusted",
        operation: "read",
        message: expect.stringContaining("a certificate has to be shown")
      })
    })
  )

  it.live("says of a server that ends the handshake that it may speak no TLS", () =>
    Effect.gen(function* () {
      const plain = yield* TcpNetwork.listen({ host: "127.0.0.1", port: 0 }, (connection) =>
        Effect.ignore(Effect.asVoid(connection.read))
      )
      const error = yield* Effect.flip(byteFrom({ ca }, plain.port))
      expect(error).toMatchObject({
        reason: "Closed",
        message: expect.stringContaining("see whether it speaks TLS at this port")
      })
    })
  )

  it.live("says of a server that does not answer that it may speak no TLS", () =>
    Effect.gen(function* () {
      const silent = yield* TcpNetwork.listen({ host: "127.0.0.1", port: 0 }, () => Effect.never)
      const network = yield* TlsClientNetwork.make({ ca })
      const error = yield* Effect.flip(network.connect({ address: silent, timeoutMs: 100 }))
      expect(error).toMatchObject({ reason: "TimedOut", message: expect.stringContaining("nobody speaks TLS") })
    })
  )

  const unusable: ReadonlyArray<readonly [what: string, tls: BrokerTls, message: string]> = [
    ["an authority that is none", { ca: "none" }, "The ca of TLS is no certificate: give it as text in PEM."],
    [
      "a certificate alone",
      { certificate: own.certificate },
      "The key of TLS is missing: give certificate and key together."
    ],
    ["a key alone", { key: own.key }, "The certificate of TLS is missing: give certificate and key together."],
    [
      "another key than the certificate's",
      { certificate: own.certificate, key: authority.sign().key },
      "The key of TLS does not belong to the certificate: give the two that were made together."
    ],
    [
      "an encrypted key",
      { certificate: own.certificate, key: authority.lock(own.key) },
      "The key of TLS is encrypted: give one without a passphrase."
    ]
  ]
  for (const [what, tls, message] of unusable) {
    it.live(`${what} is refused at once`, () =>
      Effect.gen(function* () {
        expect((yield* Effect.flip(TlsClientNetwork.make(tls))).message).toBe(message)
      })
    )
  }
})
