import { connect, createServer } from "node:net"
import type { Network } from "../../core/ports/index.ts"
import { networkOver } from "./SocketNetwork.ts"

/**
 * The `Network` port over TCP (`node:net`).
 *
 * **Details**
 *
 * Listening on a name listens on all of its addresses, so that `localhost` is reached over IPv4 and IPv6. `0.0.0.0` and `::`
 * listen everywhere. Nagle's algorithm is off: every protocol of this package writes whole messages.
 */
export const TcpNetwork: Network = networkOver({
  open: ({ host, port }) => connect({ host, port, allowHalfOpen: true }),
  ready: "connect",
  serve: (accept) => ({ server: createServer({ allowHalfOpen: true }, accept), drop: () => {} })
})
