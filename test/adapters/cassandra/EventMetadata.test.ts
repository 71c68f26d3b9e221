import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeMetadata, encodeMetadata } from "../../../adapters/cassandra/EventMetadata.ts"
import type { EventMetadata } from "../../../adapters/cassandra/EventMetadata.ts"

const nothing = { header: undefined, payload: undefined, expireAfter: undefined }

const encoded = (metadata: Partial<EventMetadata["metadata"]>, tags?: ReadonlyArray<string>): string =>
  encodeMetadata({ metadata: { ...nothing, ...metadata }, tags })

describe("the column metadata of an event", () => {
  it.each([
    [{}, `{"header":{},"payload":{}}`],
    [{ header: `{"a": 1.0}` }, `{"header":{"data":{"a": 1.0}},"payload":{}}`],
    [{ payload: "null" }, `{"header":{},"payload":{"data":null}}`],
    [{ expireAfter: "1 day", payload: "[1]" }, `{"header":{},"payload":{"expireAfter":"1 day","data":[1]}}`]
  ])("is for %j what kafka-journal writes", (metadata, text) => {
    expect(encoded(metadata)).toBe(text)
  })

  it("keeps the order of tags, and what is no JSON or no duration, in a field of its own", () => {
    expect(encoded({}, ["b", "a"])).toBe(`{"header":{},"payload":{},"odradek":{"tags":["b","a"]}}`)
    expect(encoded({ header: "no JSON", expireAfter: "soon" })).toBe(
      `{"header":{},"payload":{},"odradek":{"expireAfter":"soon","header":"no JSON"}}`
    )
  })

  it("comes back as it was written", () => {
    const json = fc.json({ noUnicodeString: false })
    const text = fc.oneof(json, fc.string({ unit: "binary" }))
    const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })
    const metadata = fc.record({
      header: optional(text),
      payload: optional(text),
      expireAfter: optional(fc.oneof(fc.constantFrom("1 day", "24 hours", "-3 seconds"), fc.string()))
    })
    const tags = optional(fc.array(fc.string({ unit: "binary" })))
    fc.assert(
      fc.property(metadata, tags, (written, order) => {
        const value = { metadata: written, tags: order }
        expect(decodeMetadata(encodeMetadata(value))).toEqual(value)
      })
    )
  })

  it.each([
    ["{}", nothing],
    [`{"data":{"k":1}}`, { ...nothing, header: `{"k":1}` }],
    [`{"header":{"data":1}}`, { ...nothing, header: "1" }],
    [`{"header":null,"payload":{"expireAfter":1000}}`, { ...nothing, expireAfter: "1000 milliseconds" }],
    [`{"header":{},"payload":{},"other":[]}`, nothing]
  ])("is read as kafka-journal reads it: %s", (text, metadata) => {
    expect(decodeMetadata(text).metadata).toEqual(metadata)
  })

  it.each(["", "{", "[]", "1", `{"header":{},"payload":{"expireAfter":"soon"}}`, `{"header":{}} x`])(
    "is refused where it is no such thing: %j",
    (text) => {
      expect(() => decodeMetadata(text)).toThrow()
    }
  )
})
