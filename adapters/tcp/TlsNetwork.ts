import type { Socket } from "node:net"
import { checkServerIdentity, connect, createServer, type ConnectionOptions } from "node:tls"
import * as Effect from "effect/Effect"
import type { Network } from "../../core/ports/index.ts"
import { networkOver, type Serving } from "./SocketNetwork.ts"
import { codeOf, refusedByTls } from "./TcpError.ts"
import { checkAuthority, checkIdentity, type TlsOptionInvalid } from "./TlsIdentity.ts"
import { ToldOnce } from "./ToldOnce.ts"

/**
 * Who this side is, and whom it trusts; each as the text of a PEM file.
 *
 * **Details**
 *
 * `certificate` may be followed by those between it and the authority. Both sides of every connection have to show one
 * that an authority in `ca` has signed, and no other authority is trusted. The side that connects also checks that the
 * certificate is for the host that it meant, unless `anyName` is true: right where the authority signs for nobody but the
 * nodes that may speak with each other. Who connects and has not shown its certificate within `handshakeMs` milliseconds
 * is cut off (10 000).
 */
export interface TlsOptions {
  readonly certificate: string
  readonly key: string
  readonly ca: string
  readonly anyName?: boolean
  readonly handshakeMs?: number
}

/** A server that hands over only sockets of those who have shown a certificate. */
const serve = (options: TlsOptions, accept: (socket: Socket) => void, refused: (message: string) => void): Serving => {
  const strangers = new Set<Socket>()
  const told = new ToldOnce()
  const { ca, certificate: cert, handshakeMs = 10_000, key } = options
  const trust = { requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" } as const
  const server = createServer({ ca, cert, key, ...trust, handshakeTimeout: handshakeMs, allowHalfOpen: true })
  server.on("connection", (socket: Socket) => {
    strangers.add(socket)
    socket.once("close", () => strangers.delete(socket))
  })
  server.on("secureConnection", (socket) => {
    for (const stranger of strangers) {
      if (stranger.remotePort === socket.remotePort && stranger.remoteAddress === socket.remoteAddress) {
        strangers.delete(stranger)
      }
    }
    told.forget(socket.remoteAddress)
    accept(socket)
  })
  server.on("tlsClientError", (error, socket) => {
    // Node hangs up on a certificate of another authority, and says here only that the socket has ended.
    const code = socket.authorizationError ?? codeOf(error)
    const message = refusedByTls(socket.remoteAddress, String(code))
    if (told.isNew(socket.remoteAddress, message)) refused(message)
    // Who says nothing would otherwise stay for as long as it likes.
    socket.destroy()
  })
  const drop = () => {
    for (const stranger of strangers) stranger.destroy()
  }
  return { server, drop }
}

/**
 * The `Network` port over TLS (`node:tls`), where both sides show who they are.
 *
 * **Details**
 *
 * A side without a certificate of the authority is refused, and the other one logs why: once for each host and each reason,
 * until that host is let in. The side that connects hears of that when it first reads: as `Untrusted` when it had no
 * certificate, as the end of the connection when it had another one.
 *
 * **Example**
 *
 * ```ts
 * const network = TlsNetwork.make({
 *   certificate: readFileSync("node1.crt", "utf8"),
 *   key: readFileSync("node1.key", "utf8"),
 *   ca: readFileSync("cluster.crt", "utf8")
 * })
 * ```
 */
const make = Effect.fnUntraced(function* (options: TlsOptions): Effect.fn.Return<Network, TlsOptionInvalid> {
  const { anyName = false, ca, certificate: cert, key } = options
  yield* checkAuthority(ca)
  yield* checkIdentity(cert, key)
  const trusts = anyName ? () => undefined : checkServerIdentity
  const settings: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
    ca,
    cert,
    key,
    minVersion: "TLSv1.2",
    allowHalfOpen: true,
    checkServerIdentity: trusts
  }
  return networkOver({
    open: ({ host, port }) => connect({ ...settings, host, port }),
    ready: "secureConnect",
    serve: (accept, refused) => serve(options, accept, refused)
  })
})

export const TlsNetwork = { make }
