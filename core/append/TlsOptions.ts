import type { BrokerTls } from "../client/index.ts"

/** What a TLS connection is opened with, in the words of Node's `tls.connect`, which the libraries for Kafka take. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly checkServerIdentity?: () => undefined
}

/** Says it in Node's words. */
export const tlsOptions = ({ anyName, ca, certificate, key }: BrokerTls): TlsOptions => ({
  ...(ca === undefined ? {} : { ca }),
  ...(certificate === undefined ? {} : { cert: certificate }),
  ...(key === undefined ? {} : { key }),
  ...(anyName === true ? { checkServerIdentity: () => undefined } : {})
})
