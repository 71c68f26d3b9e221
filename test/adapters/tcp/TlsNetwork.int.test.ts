import { connect as connectPlain } from "node:net"
import { connect as connectTls } from "node:tls"
import { afterAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { TcpNetwork, TlsNetwork } from "../../../adapters/tcp/index.ts"
import { networkContract } from "../../../core/ports/contract/index.ts"
import type { Network } from "../../../core/ports/index.ts"
import { Authority } from "./Certificates.ts"

const authority = new Authority()
const other = new Authority()
afterAll(() => {
  authority.remove()
  other.remove()
})

const options = authority.sign()
const address = { host: "127.0.0.1", port: 0 }

const listening = (network: Network) =>
  network.listen(address, (connection) => Effect.ignore(connection.write([Uint8Array.of(7)])))

/** Why a client does not get the byte that the server sends. */
const refusal = (client: Network, port: number, host = "127.0.0.1") =>
  Effect.flip(
    Effect.flatMap(client.connect({ address: { host, port }, timeoutMs: 5000 }), (connection) => connection.read)
  )

describe("TlsNetwork", () => {
  for (const { name, run } of networkContract(
    Effect.map(TlsNetwork.make(options), (network) => ({ network, address }))
  )) {
    it.live(name, () => Effect.scoped(run))
  }

  it.live("two sides with certificates of the same authority reach each other", () =>
    Effect.gen(function* () {
      const server = yield* listening(yield* TlsNetwork.make(options))
      const client = yield* TlsNetwork.make(authority.sign())
      const connection = yield* client.connect({ address: server, timeoutMs: 5000 })
      expect(yield* connection.read).toEqual(Buffer.from([7]))
    })
  )

  it.live("a client with a certificate of another authority is cut off, and the server says why", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
      const server = yield* Effect.provide(listening(yield* TlsNetwork.make(options)), logger)
      const stranger = yield* TlsNetwork.make({ ...other.sign(), ca: authority.ca })
      const connection = yield* stranger.connect({ address: server, timeoutMs: 5000 })
      expect(yield* connection.read).toBeUndefined()
      expect(logged).toEqual([expect.stringMatching(/^A connection .*is refused: .*authority/)])
    })
  )

  it.live("who is refused for one reason is told of once, until its host is let in", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
      const server = yield* Effect.provide(listening(yield* TlsNetwork.make(options)), logger)
      const stranger = yield* TlsNetwork.make({ ...other.sign(), ca: authority.ca })
      const reading = (network: Network) =>
        Effect.scoped(
          Effect.flatMap(network.connect({ address: server, timeoutMs: 5000 }), (connection) => connection.read)
        )
      for (let i = 0; i < 3; i++) expect(yield* reading(stranger)).toBeUndefined()
      expect(logged.length).toBe(1)
      expect(yield* reading(yield* TlsNetwork.make(options))).toEqual(Buffer.from([7]))
      expect(yield* reading(stranger)).toBeUndefined()
      expect(logged.length).toBe(2)
    })
  )

  it.live("a client without a certificate is refused", () =>
    Effect.gen(function* () {
      const server = yield* listening(yield* TlsNetwork.make(options))
      const code = yield* Effect.callback<string>((resume) => {
        const socket = connectTls({ host: "127.0.0.1", port: server.port, ca: authority.ca })
        socket.on("error", (error) => resume(Effect.succeed("code" in error ? String(error.code) : "")))
        socket.on("data", () => resume(Effect.succeed("let in")))
      })
      expect(code).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")
    })
  )

  it.live("who connects and says nothing is cut off, and the server says why", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
      const server = yield* Effect.provide(listening(yield* TlsNetwork.make({ ...options, handshakeMs: 50 })), logger)
      yield* Effect.callback<void>((resume) => {
        const socket = connectPlain({ host: "127.0.0.1", port: server.port })
        socket.resume()
        socket.on("close", () => resume(Effect.void))
        return Effect.sync(() => socket.destroy())
      })
      expect(logged).toEqual([expect.stringMatching(/is refused: .*does not trust .*, or speaks no TLS: give both/)])
    })
  )

  it.live("a server of another authority is not trusted", () =>
    Effect.gen(function* () {
      const server = yield* listening(yield* TlsNetwork.make(other.sign()))
      const error = yield* refusal(yield* TlsNetwork.make(options), server.port)
      expect([error.reason, error.operation]).toEqual(["Untrusted", "connect"])
      expect(error.message).toMatch(/^Cannot connect to 127\.0\.0\.1:\d+: the certificate is not of an authority/)
    })
  )

  it.live("a server whose certificate is for another host is not trusted, unless any name will do", () =>
    Effect.gen(function* () {
      const server = yield* listening(yield* TlsNetwork.make(authority.sign("DNS:elsewhere")))
      const error = yield* refusal(yield* TlsNetwork.make(options), server.port)
      expect(error.message).toContain("the certificate is for another host")
      const client = yield* TlsNetwork.make({ ...options, anyName: true })
      const connection = yield* client.connect({ address: server, timeoutMs: 5000 })
      expect(yield* connection.read).toEqual(Buffer.from([7]))
    })
  )

  it.live("a side that speaks plain text is told from one that does not answer", () =>
    Effect.gen(function* () {
      const plain = yield* TcpNetwork.listen(address, (connection) =>
        Effect.ignore(connection.write([new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")]))
      )
      const error = yield* refusal(yield* TlsNetwork.make(options), plain.port)
      expect(error.message).toContain("one side speaks TLS and the other does not")
    })
  )

  it.live("a client that says nothing keeps a server from nothing, and is let go when that stops", () =>
    Effect.gen(function* () {
      const ended = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* listening(yield* TlsNetwork.make(options))
          const mute = connectPlain(server.port, "127.0.0.1")
          yield* Effect.callback<void>((resume) => void mute.once("connect", () => resume(Effect.void)))
          const client = yield* TlsNetwork.make(options)
          const connection = yield* client.connect({ address: server, timeoutMs: 5000 })
          expect(yield* connection.read).toEqual(Buffer.from([7]))
          mute.on("error", () => {})
          return new Promise<void>((resolve) => mute.once("close", () => resolve()))
        })
      )
      yield* Effect.promise(() => ended)
    })
  )

  it.effect.each([
    ["certificate", { certificate: "nothing" }],
    ["key", { key: "nothing" }],
    ["key", { key: other.sign().key }],
    ["ca", { ca: "" }]
  ] as const)("a %s that cannot be used is told of when the network is made", ([option, wrong]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TlsNetwork.make({ ...options, ...wrong }))
      expect([error._tag, error.option]).toEqual(["TlsOptionInvalid", option])
      expect(error.message).toMatch(new RegExp(`^The ${option} of TLS [^\\n]+: give [^\\n]+\\.$`))
    })
  )
})
