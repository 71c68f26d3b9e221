import { createPrivateKey, X509Certificate } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { codeOf } from "./TcpError.ts"

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
    catch: (cause) => {
      const isLocked = codeOf(cause) === "ERR_MISSING_PASSPHRASE"
      const detail = isLocked ? "is encrypted: give one without a passphrase" : `is no ${what}: give it as text in PEM`
      return new TlsOptionInvalid({ option, cause, detail })
    }
  })

/** Sees whether the text is an authority's certificate. */
export const checkAuthority = (ca: string): Effect.Effect<void, TlsOptionInvalid> =>
  Effect.asVoid(read("ca", "certificate", () => new X509Certificate(ca)))

/** Sees whether the two are a certificate and its key. */
export const checkIdentity = Effect.fnUntraced(function* (
  certificate: string,
  key: string
): Effect.fn.Return<void, TlsOptionInvalid> {
  const own = yield* read("certificate", "certificate", () => new X509Certificate(certificate))
  const secret = yield* read("key", "private key", () => createPrivateKey(key))
  if (!own.checkPrivateKey(secret)) {
    const detail = "does not belong to the certificate: give the two that were made together"
    return yield* new TlsOptionInvalid({ option: "key", detail })
  }
})
