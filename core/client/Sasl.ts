import type { Redacted } from "effect/Redacted"

/** How a client proves who it is. PLAIN tells the broker the password itself; the others only prove that it is known. */
export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512"

/**
 * Who a client says it is to brokers, by SASL.
 *
 * **Gotchas**
 *
 * With `plain` whoever reads the connection has the password, and with the others whoever reads it can try passwords
 * as fast as he computes: encrypt connections that leave the machine. Nothing here refuses to, since Kafka does not.
 *
 * **Example**
 *
 * ```ts
 * const credentials: SaslCredentials = {
 *   mechanism: "scram-sha-512",
 *   username: "orders",
 *   password: Redacted.make("rosebud")
 * }
 * ```
 */
export interface SaslCredentials {
  readonly mechanism: SaslMechanism
  readonly username: string
  readonly password: Redacted<string>
}

/** The hash functions of SCRAM. */
export type ScramHash = "sha-256" | "sha-512"

/**
 * What SCRAM computes with, given by an adapter: `odradek/adapters/crypto` has it from Node.
 *
 * **Details**
 *
 * `pbkdf2` derives as many bytes as the hash has. `nonce` is text that was never used before and that nobody can guess: 24
 * letters and digits or more.
 */
export interface ScramCrypto {
  readonly hash: (hash: ScramHash, bytes: Uint8Array) => Uint8Array
  readonly hmac: (hash: ScramHash, key: Uint8Array, bytes: Uint8Array) => Uint8Array
  readonly pbkdf2: (hash: ScramHash, password: Uint8Array, salt: Uint8Array, iterations: number) => Uint8Array
  readonly nonce: () => string
}

/** Credentials, with what it takes to use them. */
export interface Sasl extends SaslCredentials {
  readonly crypto: ScramCrypto
}
