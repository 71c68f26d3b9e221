import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Base64 from "effect/encoding/Base64"
import { decodeUtf8Strict, encodeUtf8, sameBytes } from "../bytes/index.ts"
import type { Machine } from "../machine/index.ts"
import type { Sasl, ScramHash } from "./Sasl.ts"
import { saslTextProblem } from "./SaslText.ts"

/** How often a broker may have a password hashed. Fewer protect it too little (RFC 7677), more would take seconds. */
export const scramIterations = { min: 4096, max: 131_072 } as const

/**
 * Where an authentication stands.
 *
 * - `New`: nothing was said
 * - `Told`: PLAIN has said all there is to say
 * - `Greeted`: SCRAM has said who it is, and with which nonce
 * - `Proved`: SCRAM has shown that it knows the password, and expects the broker to show this signature
 * - `Ended`: nothing follows
 */
export type SaslState =
  | { readonly _tag: "New" }
  | { readonly _tag: "Told" }
  | { readonly _tag: "Ended" }
  | { readonly _tag: "Greeted"; readonly bare: string; readonly nonce: string }
  | { readonly _tag: "Proved"; readonly signature: Uint8Array }

/**
 * - `Begin`: say who it is; `nonce` is text that was never used before
 * - `Answered`: what the broker has answered
 */
export type SaslInput =
  | { readonly _tag: "Begin"; readonly nonce: string }
  | { readonly _tag: "Answered"; readonly bytes: Uint8Array }

/**
 * - `Send`: say this to the broker, which answers
 * - `Done`: both sides know what they want of each other
 * - `Unusable`: the credentials cannot be used with this mechanism, for the reason in the clause
 * - `Distrusted`: the broker has not kept to the mechanism, or not shown that it knows the password
 */
export type SaslOutput =
  | { readonly _tag: "Send"; readonly bytes: Uint8Array }
  | { readonly _tag: "Done" }
  | { readonly _tag: "Unusable" | "Distrusted"; readonly detail: string }

type Step = readonly [SaslState, ReadonlyArray<SaslOutput>]

const send = (state: SaslState, bytes: Uint8Array): Step => [state, [{ _tag: "Send", bytes }]]

const end = (output: SaslOutput): Step => [{ _tag: "Ended" }, [output]]

const distrust = (detail: string): Step => end({ _tag: "Distrusted", detail })

/** RFC 4616: an empty authorization identity, the user and the password, with NUL in between. */
const beginPlain = ({ password, username }: Sasl): Step => {
  const secret = Redacted.value(password)
  for (const [name, text] of [
    ["user name", username],
    ["password", secret]
  ] as const) {
    if (text === "") return end({ _tag: "Unusable", detail: `the ${name} is empty` })
    if (/[\0\p{Cs}]/u.test(text)) {
      return end({ _tag: "Unusable", detail: `the ${name} has a character that cannot be sent` })
    }
  }
  return send({ _tag: "Told" }, encodeUtf8(`\0${username}\0${secret}`))
}

/** No channel binding, and no identity but the user's own. */
const gs2Header = "n,,"

const beginScram = ({ password, username }: Sasl, nonce: string): Step => {
  const problem = saslTextProblem(username)
  if (problem !== undefined) return end({ _tag: "Unusable", detail: `the user name ${problem}` })
  const weakness = saslTextProblem(Redacted.value(password))
  if (weakness !== undefined) return end({ _tag: "Unusable", detail: `the password ${weakness}` })
  const bare = `n=${username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`
  return send({ _tag: "Greeted", bare, nonce }, encodeUtf8(`${gs2Header}${bare}`))
}

/** What a broker asks of the one who wants to prove that he knows a password. */
interface Challenge {
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** Reads `r=…,s=…,i=…`, which extensions may follow; a clause says what is wrong with it. */
const challengeOf = (text: string, nonce: string): Result.Result<Challenge, string> => {
  const [first = "", second = "", third = ""] = text.split(",")
  if (first.startsWith("m=")) return Result.fail("it asks for an extension that nobody knows here")
  const counted = /^i=([1-9][0-9]{0,8})$/.exec(third)?.[1]
  if (!first.startsWith("r=") || !second.startsWith("s=") || counted === undefined) {
    return Result.fail("its challenge cannot be read")
  }
  const whole = first.slice(2)
  if (!whole.startsWith(nonce) || whole.length === nonce.length || !/^[\x21-\x2b\x2d-\x7e]+$/.test(whole)) {
    return Result.fail("its challenge is not for this connection")
  }
  const salt = Base64.decode(second.slice(2))
  if (Result.isFailure(salt) || salt.success.length === 0)
    return Result.fail("the salt of its challenge cannot be read")
  const iterations = Number(counted)
  const { max, min } = scramIterations
  if (iterations < min || iterations > max) {
    return Result.fail(`it has a password hashed ${iterations} times, and ${min} to ${max} are allowed`)
  }
  return Result.succeed({ nonce: whole, salt: salt.success, iterations })
}

const prove = (
  { crypto, password }: Sasl,
  hash: ScramHash,
  { bare, nonce }: Extract<SaslState, { readonly _tag: "Greeted" }>,
  text: string
): Step => {
  const read = challengeOf(text, nonce)
  if (Result.isFailure(read)) return distrust(read.failure)
  const challenge = read.success
  const mac = (key: Uint8Array, said: string): Uint8Array => crypto.hmac(hash, key, encodeUtf8(said))
  const salted = crypto.pbkdf2(hash, encodeUtf8(Redacted.value(password)), challenge.salt, challenge.iterations)
  const clientKey = mac(salted, "Client Key")
  const unproved = `c=${Base64.encode(gs2Header)},r=${challenge.nonce}`
  const all = `${bare},${text},${unproved}`
  const clientSignature = mac(crypto.hash(hash, clientKey), all)
  const proof = clientKey.map((byte, at) => byte ^ (clientSignature[at] ?? 0))
  const signature = mac(mac(salted, "Server Key"), all)
  return send({ _tag: "Proved", signature }, encodeUtf8(`${unproved},p=${Base64.encode(proof)}`))
}

const verify = (signature: Uint8Array, text: string): Step => {
  const [first = ""] = text.split(",")
  if (first.startsWith("e=")) return distrust("it has ended the exchange with an error")
  const shown = first.startsWith("v=") ? Base64.decode(first.slice(2)) : undefined
  if (shown === undefined || Result.isFailure(shown)) return distrust("its signature cannot be read")
  return sameBytes(shown.success, signature) ? end({ _tag: "Done" }) : distrust("its signature is wrong")
}

const hashes = {
  "scram-sha-256": "sha-256",
  "scram-sha-512": "sha-512"
} as const

const answered = (sasl: Sasl, state: SaslState, bytes: Uint8Array): Step => {
  if (state._tag === "Told") return end({ _tag: "Done" })
  if (state._tag === "New" || state._tag === "Ended") return [state, []]
  const text = decodeUtf8Strict(bytes)
  if (Result.isFailure(text)) return distrust("its answer is no text")
  if (state._tag === "Proved") return verify(state.signature, text.success)
  return sasl.mechanism === "plain" ? [state, []] : prove(sasl, hashes[sasl.mechanism], state, text.success)
}

/**
 * Says to a broker who the client is: PLAIN (RFC 4616), or SCRAM (RFC 5802 and RFC 7677) without channel binding.
 *
 * **Details**
 *
 * It begins `New`. By SCRAM the broker has to show that it knows the password too: only then it is `Done`.
 */
export const saslMachine = (sasl: Sasl): Machine<SaslState, SaslInput, SaslOutput> => ({
  step: (state, input) => {
    if (input._tag === "Answered") return answered(sasl, state, input.bytes)
    if (state._tag !== "New") return [state, []]
    return sasl.mechanism === "plain" ? beginPlain(sasl) : beginScram(sasl, input.nonce)
  },
  wakeAt: () => undefined
})
