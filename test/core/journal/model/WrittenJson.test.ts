import * as FastCheck from "fast-check"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { encodeEvents } from "../../../../core/journal/codec/EventsCodec.ts"
import { checkJson } from "../../../../core/journal/codec/JsonText.ts"
import { jsonPayload, schemaPayload } from "../../../../core/journal/codec/PayloadCodec.ts"
import { WrittenJson } from "../../../../core/journal/model/WrittenJson.ts"
import type { Payload } from "../../../../core/ports/index.ts"

const textOf = (payload: Payload): string => {
  if (!(payload instanceof WrittenJson)) throw new Error("it would be checked")
  return payload.text
}

const encoded = (payload: Payload) =>
  encodeEvents({
    events: [{ seqNr: 1, tags: [], payload }],
    metadata: { expireAfter: undefined, data: undefined }
  })

describe("JSON that is not checked", () => {
  it("is one JSON value, whatever it was written from", () => {
    const named = schemaPayload(Schema.Struct({ name: Schema.String }))
    FastCheck.assert(
      FastCheck.property(FastCheck.anything(), FastCheck.string({ unit: "binary" }), (value, name) => {
        const texts = [jsonPayload.encode(value), jsonPayload.encode(name), named.encode({ name })]
        const wrong = texts
          .filter(Result.isSuccess)
          .map(({ success }) => textOf(success))
          .filter((text) => Result.isFailure(checkJson(text)))
        expect(wrong).toEqual([])
      }),
      { numRuns: 30 }
    )
  })

  it("is none that the application has written", () => {
    expect(encoded({ _tag: "Json", text: "{" })).toMatchObject({ failure: { what: "events[0].payload" } })
  })
})
