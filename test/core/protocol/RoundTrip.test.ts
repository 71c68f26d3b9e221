import { getOrThrow, isFailure, isSuccess } from "effect/Result"
import type { Result } from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DecodeError } from "../../../core/bytes/index.ts"
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "../../../core/protocol/index.ts"
import type { Message, UnsupportedRequest } from "../../../core/protocol/index.ts"
import { everyVersion, valueOf } from "./MessageArbitrary.ts"

type Decoded = Result<unknown, DecodeError | UnsupportedRequest>

const correlationIds = fc.integer()
const clientIds = fc.option(fc.string({ unit: "binary", maxLength: 6 }), { nil: null })

/** Both directions of a message behind one face: a frame's contents from a value and back. */
const sides = (message: Message, apiVersion: number) => ({
  request: {
    values: valueOf(message.request, apiVersion),
    encode: (body: unknown): Uint8Array =>
      getOrThrow(encodeRequest(message, { apiVersion, correlationId: 7, clientId: "c" }, body)).subarray(4),
    decode: (frame: Uint8Array): Decoded => decodeRequest(frame)
  },
  response: {
    values: valueOf(message.response, apiVersion),
    encode: (body: unknown): Uint8Array =>
      getOrThrow(encodeResponse(message, { apiVersion, correlationId: 7 }, body)).subarray(4),
    decode: (frame: Uint8Array): Decoded => decodeResponse(message, apiVersion, frame)
  }
})

describe.each(everyVersion)("%s version %i", (name, apiVersion, message) => {
  it("a request decodes to the header and body that were encoded", () => {
    fc.assert(
      fc.property(correlationIds, clientIds, valueOf(message.request, apiVersion), (correlationId, clientId, body) => {
        const frame = getOrThrow(encodeRequest(message, { apiVersion, correlationId, clientId }, body))
        expect(new DataView(frame.buffer, frame.byteOffset).getInt32(0)).toBe(frame.length - 4)
        const header = { apiKey: message.apiKey, apiVersion, correlationId, clientId }
        expect(getOrThrow(decodeRequest(frame.subarray(4)))).toEqual({ name, header, body })
      }),
      { numRuns: 25 }
    )
  })

  it("a response decodes to the correlation id and body that were encoded", () => {
    fc.assert(
      fc.property(correlationIds, valueOf(message.response, apiVersion), (correlationId, body) => {
        const frame = getOrThrow(encodeResponse(message, { apiVersion, correlationId }, body))
        expect(new DataView(frame.buffer, frame.byteOffset).getInt32(0)).toBe(frame.length - 4)
        expect(getOrThrow(decodeResponse(message, apiVersion, frame.subarray(4)))).toEqual({ correlationId, body })
      }),
      { numRuns: 25 }
    )
  })

  it.each(["request", "response"] as const)("every truncation of a %s is a DecodeError", (side) => {
    const { values, encode, decode } = sides(message, apiVersion)[side]
    fc.assert(
      fc.property(values, (body) => {
        const frame = encode(body)
        for (let length = 0; length < frame.length; length++) {
          const result = decode(frame.subarray(0, length))
          if (isSuccess(result)) expect.fail(`${length} of ${frame.length} bytes were accepted`)
          if (!(result.failure instanceof DecodeError)) expect.fail(`${result.failure._tag} at ${length} bytes`)
          if (!["Truncated", "InvalidLength"].includes(result.failure.reason)) expect.fail(result.failure.message)
        }
      }),
      { numRuns: 4 }
    )
  })

  it.each(["request", "response"] as const)("a %s with a byte more is TrailingBytes", (side) => {
    const { values, encode, decode } = sides(message, apiVersion)[side]
    fc.assert(
      fc.property(values, (body) => {
        const frame = encode(body)
        const longer = new Uint8Array(frame.length + 1)
        longer.set(frame)
        const result = decode(longer)
        expect(isFailure(result) && result.failure).toMatchObject({ reason: "TrailingBytes", position: frame.length })
      }),
      { numRuns: 2 }
    )
  })

  it.each(["request", "response"] as const)("a changed byte in a %s gives a value or a typed error", (side) => {
    const { values, encode, decode } = sides(message, apiVersion)[side]
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, change) => {
        const frame = encode(body).slice()
        const index = at % frame.length
        frame[index] = frame[index]! ^ change
        const result = decode(frame)
        expect(isSuccess(result) || ["DecodeError", "UnsupportedRequest"].includes(result.failure._tag)).toBe(true)
      }),
      { numRuns: 25 }
    )
  })

  it.each(["request", "response"] as const)("random bytes as a %s give a value or a typed error", (side) => {
    const { decode } = sides(message, apiVersion)[side]
    const head = side === "request" ? [0, message.apiKey, 0, apiVersion, 0, 0, 0, 0, 0xff, 0xff, 0] : [0, 0, 0, 0, 0]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const result = decode(Uint8Array.from([...head, ...tail]))
        expect(isSuccess(result) || ["DecodeError", "UnsupportedRequest"].includes(result.failure._tag)).toBe(true)
      }),
      { numRuns: 25 }
    )
  })
})

const flexible = everyVersion.filter(([, version, message]) => version >= message.flexibleSince)

describe.each(flexible)("%s version %i", (_, apiVersion, message) => {
  it.each(["request", "response"] as const)("an unknown tagged field at the end of a %s is skipped", (side) => {
    const { values, encode, decode } = sides(message, apiVersion)[side]
    const node = message[side].node
    const tagged = node.type === "struct" ? node.fields.filter(([, field]) => field.presence.tag !== undefined) : []
    const cleared = Object.fromEntries(tagged.map(([name]) => [name, undefined]))
    fc.assert(
      fc.property(values, (body) => {
        const frame = encode({ ...(body as object), ...cleared })
        expect(frame.at(-1)).toBe(0)
        const withUnknown = Uint8Array.from([...frame.subarray(0, -1), 1, 0x80, 0x01, 3, 1, 2, 3])
        expect(getOrThrow(decode(withUnknown))).toEqual(getOrThrow(decode(frame)))
      }),
      { numRuns: 2 }
    )
  })
})
