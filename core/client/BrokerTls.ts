/**
 * How connections to brokers are encrypted; each text is that of a PEM file.
 *
 * **Details**
 *
 * `ca` are the authorities that may have signed the brokers' certificates; without it they are those that the platform
 * trusts. `certificate`, which those between it and the authority may follow, and `key` are shown to brokers that ask who
 * connects; they are given together. The certificate of a broker has to name the host that was connected to, unless
 * `anyName` is true: right where the authority signs for nobody but the brokers.
 */
export interface BrokerTls {
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
  readonly anyName?: boolean
}
