import { isFailure } from "effect/Result"
import { EncodeError } from "../../bytes/index.ts"
import type { Payload } from "../../ports/index.ts"
import { checkJson } from "./JsonText.ts"
import { isSeqNr } from "../model/SeqNr.ts"
import type { SeqNr } from "../model/SeqNr.ts"
import { WrittenJson } from "../model/WrittenJson.ts"

/** The text if it is one JSON value; throws an `EncodeError` that names `what` otherwise. */
export const checkedJson = (what: string, text: string): string => {
  const checked = checkJson(text)
  if (isFailure(checked)) throw new EncodeError({ reason: "InvalidValue", what, detail: checked.failure.message })
  return text
}

/** The text of a JSON payload, as `checkedJson`. */
export const checkedPayload = (payload: Payload & { readonly _tag: "Json" }): string =>
  payload instanceof WrittenJson ? payload.text : checkedJson("payload", payload.text)

/** The number if it is a sequence number; throws an `EncodeError` that names `what` otherwise. */
export const checkedSeqNr = (what: string, value: number): SeqNr => {
  if (isSeqNr(value)) return value
  const detail = `${value} is not a whole number from 1 to 2^53 - 1`
  throw new EncodeError({ reason: "NumberOutOfRange", what, detail })
}

/** The text if it is one, whatever its type claims; throws an `EncodeError` that names `what` otherwise. */
export const checkedText = (what: string, text: string): string => {
  if (typeof text === "string") return text
  throw new EncodeError({ reason: "InvalidValue", what, detail: `it is of type ${typeof text} and not a text` })
}

/** The bytes if they are such, whatever their type claims; throws an `EncodeError` that names `what` otherwise. */
export const checkedBytes = (what: string, bytes: Uint8Array): Uint8Array => {
  if (bytes instanceof Uint8Array) return bytes
  throw new EncodeError({ reason: "InvalidValue", what, detail: `it is of type ${typeof bytes} and not a Uint8Array` })
}

/** Runs an encoder that throws `EncodeError`, with what it names as a part of `container`. */
export const encodingWithin = <A>(container: string, encode: () => A): A => {
  try {
    return encode()
  } catch (error) {
    throw error instanceof EncodeError ? error.within(container) : error
  }
}
