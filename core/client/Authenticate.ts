import * as Effect from "effect/Effect"
import { type Machine } from "../machine/index.ts"
import { errorName, ErrorCode, SaslAuthenticate, SaslHandshake } from "../protocol/index.ts"
import { ClientFailure, type ClientFailureReason } from "./ClientFailure.ts"
import type { Sasl } from "./Sasl.ts"
import { saslMachine, type SaslInput, type SaslOutput, type SaslState } from "./SaslMachine.ts"
import type { SendRequest } from "./SendRequest.ts"

/** No mechanism needs so many answers of the broker. */
const mostAnswers = 8

/**
 * Says to a broker who the client is (KIP-43, KIP-152), and answers after how many milliseconds the broker wants to know
 * anew (KIP-368), or with 0.
 */
export const authenticate = Effect.fnUntraced(function* (
  request: SendRequest,
  sasl: Sasl,
  broker: string,
  timeoutMs: number
): Effect.fn.Return<number, ClientFailure> {
  const mechanism = sasl.mechanism.toUpperCase()
  const fail = (reason: ClientFailureReason, message: string) => new ClientFailure({ reason, broker, message })

  const machine: Machine<SaslState, SaslInput, SaslOutput> = saslMachine(sasl)
  let [state, outputs] = machine.step({ _tag: "New" }, { _tag: "Begin", nonce: sasl.crypto.nonce() })
  const [first] = outputs
  if (first?._tag === "Unusable") {
    const message = `The credentials cannot be used with ${mechanism}, because ${first.detail}: choose others.`
    return yield* fail("Invalid", message)
  }

  const offer = yield* request(SaslHandshake, { mechanism }, timeoutMs)
  if (offer.errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM) {
    const offered = offer.mechanisms.length === 0 ? "no mechanism of SASL" : offer.mechanisms.join(", ")
    const message = `The broker at ${broker} does not offer ${mechanism} but ${offered}: choose one that it offers.`
    return yield* fail("Unauthorized", message)
  }
  if (offer.errorCode === ErrorCode.ILLEGAL_SASL_STATE) {
    const message = `The broker at ${broker} wants no SASL at this port: leave the credentials out, or name its other port.`
    return yield* fail("Unauthorized", message)
  }
  if (offer.errorCode !== ErrorCode.NONE) {
    const code = errorName(offer.errorCode)
    return yield* fail("Unauthorized", `The broker at ${broker} refuses ${mechanism} (${code}): see its own log.`)
  }

  let lifetimeMs = 0
  for (let answers = 0; answers < mostAnswers; answers++) {
    const [output] = outputs
    if (output === undefined || output._tag === "Done") return lifetimeMs
    if (output._tag !== "Send") {
      const message =
        `The broker at ${broker} has not shown by ${mechanism} that it knows the password of ` +
        `"${sasl.username}" (${output.detail}): see whether it is the broker that you mean.`
      return yield* fail("Unauthorized", message)
    }
    const said = yield* request(SaslAuthenticate, { authBytes: output.bytes }, timeoutMs)
    if (said.errorCode !== ErrorCode.NONE) {
      const code = errorName(said.errorCode)
      const message =
        `The broker at ${broker} does not take "${sasl.username}" with this password by ${mechanism} (${code}): ` +
        "check the user name, the password and the mechanism."
      return yield* fail("Unauthorized", message)
    }
    lifetimeMs = said.sessionLifetimeMs
    ;[state, outputs] = machine.step(state, { _tag: "Answered", bytes: said.authBytes })
  }
  return yield* fail(
    "Unauthorized",
    `The broker at ${broker} does not come to an end with ${mechanism}: see its own log.`
  )
})
