import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"
import type { ScramCrypto, ScramHash } from "../../core/client/index.ts"

const names: Readonly<Record<ScramHash, string>> = { "sha-256": "sha256", "sha-512": "sha512" }
const lengths: Readonly<Record<ScramHash, number>> = { "sha-256": 32, "sha-512": 64 }

/**
 * What SCRAM computes with, by Node (`node:crypto`).
 *
 * **Example**
 *
 * ```ts
 * const sasl: Sasl = { mechanism: "scram-sha-256", username, password, crypto: nodeScram }
 * ```
 */
export const nodeScram: ScramCrypto = {
  hash: (hash, bytes) => createHash(names[hash]).update(bytes).digest(),
  hmac: (hash, key, bytes) => createHmac(names[hash], key).update(bytes).digest(),
  pbkdf2: (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, lengths[hash], names[hash]),
  nonce: () => randomBytes(24).toString("base64url")
}
