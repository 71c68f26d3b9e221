import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { bytesPayload, jsonPayload, rawPayload, schemaPayload, textPayload } from "../../../../core/journal/index.ts"
import type { PayloadCodec } from "../../../../core/journal/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"

const roundTrip = <A>(codec: PayloadCodec<A>, value: A): A =>
  Result.getOrThrow(Result.flatMap(codec.encode(value), codec.decode))
const failure = <A>(result: Result.Result<A, string>): string | undefined =>
  Result.isFailure(result) ? result.failure : undefined

const json = (text: string): Payload => ({ _tag: "Json", text })

describe("payload codecs", () => {
  it("plain JSON comes back as it was", () => {
    for (const value of [null, true, 1.5, "ü", [1, [2]], { a: { b: null } }]) {
      expect(roundTrip(jsonPayload, value)).toEqual(value)
    }
  })

  it("16. plain JSON refuses what is none, and says why", () => {
    expect(failure(jsonPayload.encode(() => 1))).toBe("is no JSON value: it is of type function")
    expect(failure(jsonPayload.encode(1n))).toMatch(/^is no JSON value: /)
    for (const number of [NaN, Infinity, -Infinity]) {
      expect(failure(jsonPayload.encode(number))).toBe(`is no JSON value: it is ${number}`)
    }
    expect(failure(jsonPayload.decode(json("{")))).toMatch(/^is no JSON: /)
    expect(failure(jsonPayload.decode({ _tag: "Binary", bytes: new Uint8Array() }))).toBe("is binary, and not JSON")
  })

  it("plain JSON reads text as a string", () => {
    expect(jsonPayload.decode({ _tag: "Text", text: "{" })).toEqual(Result.succeed("{"))
  })

  it("text and bytes read only their own kind", () => {
    expect(failure(textPayload.decode(json("1")))).toBe("is Json, and not text")
    expect(failure(bytesPayload.decode(json("1")))).toBe("is Json, and not bytes")
  })

  it("raw payloads are not touched", () => {
    const payload = json('{"n": 1.0}')
    expect(roundTrip(rawPayload, payload)).toBe(payload)
  })

  it("a schema's values come back, and what does not fit is refused in both directions", () => {
    const codec = schemaPayload(Schema.Struct({ at: Schema.Date, n: Schema.BigInt }))
    const value = { at: new Date(0), n: 2n ** 70n }
    expect(roundTrip(codec, value)).toEqual(value)
    expect(failure(codec.decode(json('{"at":1}')))).toMatch(/^does not fit its schema: /)
    expect(failure(codec.encode({ at: 1, n: 1n } as unknown as typeof value))).toMatch(/^does not fit its schema: /)
    expect(failure(codec.decode({ _tag: "Binary", bytes: new Uint8Array() }))).toBe("is binary, and not JSON")
  })
})
