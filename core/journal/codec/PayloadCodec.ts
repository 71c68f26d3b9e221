import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Payload } from "../../ports/index.ts"
import { isTooDeep } from "./JsonDepth.ts"
import { WrittenJson } from "../model/WrittenJson.ts"

/**
 * How an application's values become payloads and come back.
 *
 * **Details**
 *
 * Both directions fail with a phrase that completes "the payload …". An event without a payload never reaches a codec.
 */
export interface PayloadCodec<A> {
  readonly encode: (value: A) => Result.Result<Payload, string>
  readonly decode: (payload: Payload) => Result.Result<A, string>
}

const saidBy = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const textOf = (payload: Payload): Result.Result<string, string> =>
  payload._tag === "Binary" ? Result.fail("is binary, and not JSON") : Result.succeed(payload.text)

/**
 * Plain JSON values.
 *
 * **Gotchas**
 *
 * What `JSON.stringify` leaves out is left out, NaN and infinities inside of a value become `null`, and numbers beyond 2^53
 * lose digits where they are parsed: take `rawPayload` for such. The value `null` reads back as no payload.
 */
export const jsonPayload: PayloadCodec<unknown> = {
  encode: (value) => {
    if (typeof value === "number" && !Number.isFinite(value)) return Result.fail(`is no JSON value: it is ${value}`)
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (cause) {
      if (isTooDeep(cause)) return Result.fail("is nested too deep to be written as JSON")
      return Result.fail(`is no JSON value: ${saidBy(cause)}`)
    }
    return text === undefined
      ? Result.fail(`is no JSON value: it is of type ${typeof value}`)
      : Result.succeed(new WrittenJson(text))
  },
  decode: (payload) => {
    if (payload._tag === "Text") return Result.succeed(payload.text)
    const text = textOf(payload)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    try {
      return Result.succeed(JSON.parse(text.success))
    } catch (cause) {
      return Result.fail(`is no JSON: ${saidBy(cause)}`)
    }
  }
}

/** Strings, carried as text. */
export const textPayload: PayloadCodec<string> = {
  encode: (text) => Result.succeed({ _tag: "Text", text }),
  decode: (payload) =>
    payload._tag === "Text" ? Result.succeed(payload.text) : Result.fail(`is ${payload._tag}, and not text`)
}

/** Bytes, carried as they are. */
export const bytesPayload: PayloadCodec<Uint8Array> = {
  encode: (bytes) => Result.succeed({ _tag: "Binary", bytes }),
  decode: (payload) =>
    payload._tag === "Binary" ? Result.succeed(payload.bytes) : Result.fail(`is ${payload._tag}, and not bytes`)
}

/** Payloads as they are in the record: nothing is parsed, so nothing is changed. */
export const rawPayload: PayloadCodec<Payload> = { encode: Result.succeed, decode: Result.succeed }

/**
 * Typed values, carried as the JSON of a schema.
 *
 * **When to use**
 *
 * Use for an application's own events: what does not fit the schema is refused before it is written, and reported with
 * its sequence number when it is read.
 */
export const schemaPayload = <A, E>(schema: Schema.Codec<A, E>): PayloadCodec<A> => {
  const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
  const encode = Schema.encodeResult(codec)
  const decode = Schema.decodeResult(codec)
  return {
    encode: (value) =>
      Result.mapBoth(encode(value), {
        onSuccess: (text): Payload => new WrittenJson(text),
        onFailure: (error) => `does not fit its schema: ${error.message}`
      }),
    decode: (payload) => {
      const text = textOf(payload)
      return Result.isFailure(text)
        ? Result.fail(text.failure)
        : Result.mapError(decode(text.success), (error) => `does not fit its schema: ${error.message}`)
    }
  }
}
