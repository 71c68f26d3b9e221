import * as Effect from "effect/Effect"
import type { TlsOptionInvalid } from "../../adapters/tcp/index.ts"
import type { BrokerNetwork, BrokerTls, Sasl, SaslCredentials } from "../../core/client/index.ts"

/**
 * How brokers are reached that do not take everybody: `tls` encrypts, with `true` by the authorities that Node trusts, and
 * `sasl` says who is asking.
 */
export interface BrokerAccess {
  readonly tls?: BrokerTls | true
  readonly sasl?: SaslCredentials
}

/** What clients take of it. */
export interface OpenedAccess {
  readonly network: BrokerNetwork
  readonly tls?: BrokerTls
  readonly sasl?: Sasl
}

/** Loads what it takes to reach brokers. */
export const openAccess = Effect.fnUntraced(function* ({
  sasl,
  tls: given
}: BrokerAccess): Effect.fn.Return<OpenedAccess, TlsOptionInvalid> {
  const { TcpNetwork, TlsClientNetwork } = yield* Effect.promise(() => import("../../adapters/tcp/index.ts"))
  const tls = given === true ? {} : given
  const network = tls === undefined ? { network: TcpNetwork } : { tls, network: yield* TlsClientNetwork.make(tls) }
  if (sasl === undefined) return network
  const { nodeScram } = yield* Effect.promise(() => import("../../adapters/crypto/index.ts"))
  return { ...network, sasl: { ...sasl, crypto: nodeScram } }
})
