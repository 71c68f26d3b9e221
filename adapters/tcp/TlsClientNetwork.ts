import { checkServerIdentity, connect, createSecureContext } from "node:tls"
import * as Effect from "effect/Effect"
import type { BrokerNetwork, BrokerTls } from "../../core/client/index.ts"
import { connectOver } from "./SocketNetwork.ts"
import { checkAuthority, checkIdentity, TlsOptionInvalid } from "./TlsIdentity.ts"

/**
 * Connects to servers over TLS (`node:tls`), from version 1.2 on.
 *
 * **Details**
 *
 * Without `ca` the authorities are those of Node: its own list, with those of `NODE_EXTRA_CA_CERTS`, and with
 * `NODE_USE_SYSTEM_CA=1` those of the machine.
 *
 * **Example**
 *
 * ```ts
 * const network = yield* TlsClientNetwork.make({ ca: readFileSync("kafka-ca.crt", "utf8") })
 * const log = yield* KafkaClient.make({ network, bootstrap })
 * ```
 */
const make = Effect.fnUntraced(function* (options: BrokerTls): Effect.fn.Return<BrokerNetwork, TlsOptionInvalid> {
  const { anyName = false, ca, certificate, key } = options
  if (ca !== undefined) yield* checkAuthority(ca)
  if (certificate !== undefined && key !== undefined) yield* checkIdentity(certificate, key)
  else if (certificate !== undefined || key !== undefined) {
    const option = certificate === undefined ? "certificate" : "key"
    return yield* new TlsOptionInvalid({ option, detail: "is missing: give certificate and key together" })
  }
  // One for all connections: reading the authorities takes its time.
  const secureContext = createSecureContext({ ca, cert: certificate, key, minVersion: "TLSv1.2" })
  const settings = {
    secureContext,
    allowHalfOpen: true,
    checkServerIdentity: anyName ? () => undefined : checkServerIdentity
  }
  return {
    connect: connectOver({ open: ({ host, port }) => connect({ ...settings, host, port }), ready: "secureConnect" })
  }
})

/** Makes what encrypts connections to brokers. */
export const TlsClientNetwork = { make } as const
