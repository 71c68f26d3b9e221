import { createPrivateKey, X509Certificate } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A setting of TLS that cannot be used. `detail` says what it is not, and what to give. */
export class TlsOptionInvalid extends Data.TaggedError("TlsOptionInvalid")<{
  readonly option: "certificate" | "key" | "ca"
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `The ${this.option} of TLS ${this.detail}.`
  }
}

const read = <A>(
  option: TlsOptionInvalid["option"],
  what: string,
  parse: () => A
): Effect.Effect<A, TlsOptionInvalid> =>
  Effect.try({
    try: parse,
    catch: (cause) => new TlsOptionInvalid({ option, cause, detail: `is no ${what}: give it as text in PEM` })
  })

/** How PEM says that a key needs a passphrase, today and formerly. */
const isEncrypted = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/

/** Sees whether the text is an authority's certificate. */
export const checkAuthority = (ca: string): Effect.Effect<void, TlsOptionInvalid> =>
  Effect.asVoid(read("ca", "certificate", () => new X509Certificate(ca)))

/** Sees whether the two are a certificate and its key. */
export const checkIdentity = Effect.fnUntraced(function* (
  certificate: string,
  key: string
): Effect.fn.Return<void, TlsOptionInvalid> {
  const own = yield* read("certificate", "certificate", () => new X509Certificate(certificate))
  if (isEncrypted.test(key)) {
    return yield* new TlsOptionInvalid({ option: "key", detail: "is encrypted: give one without a passphrase" })
  }
  const secret = yield* read("key", "private key", () => createPrivateKey(key))
  if (!own.checkPrivateKey(secret)) {
    const detail = "does not belong to the certificate: give the two that were made together"
    return yield* new TlsOptionInvalid({ option: "key", detail })
  }
})
