import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeBody, encodeBody } from "../../../adapters/dynamodb/EventBody.ts"
import { EventCollector, itemsOf, partLength } from "../../../adapters/dynamodb/EventItems.ts"
import { event, keyOf } from "./Samples.ts"

const key = keyOf("topic")

describe("the items of an event", () => {
  it("hold as many bytes each as one item may have, at every border", () => {
    const overhead = encodeBody(event(1, 0)).length
    for (const [bytes, parts] of [
      [0, 1],
      [partLength - overhead, 1],
      [partLength - overhead + 1, 2],
      [2 * partLength - overhead, 2],
      [2 * partLength - overhead + 1, 3]
    ] as const) {
      const written = event(1, bytes)
      const items = itemsOf(key, "first", written)
      expect(items.map(({ body }) => body?.B?.length ?? 0).every((length) => length <= partLength)).toBe(true)
      expect(items).toHaveLength(parts)
      const found = new EventCollector(undefined).add(items)
      expect(found).toHaveLength(1)
      const [only] = found
      const payload = only?._tag === "Event" && only.event.payload?._tag === "Binary" ? only.event.payload.bytes : []
      expect(Buffer.compare(Buffer.from(payload), Buffer.from(encodeBody(written).subarray(overhead)))).toBe(0)
    }
  })

  it("are told from those of another incarnation, and from parts whose first is missing", () => {
    const large = itemsOf(key, "second", event(2, partLength))
    const items = [...itemsOf(key, "first", event(1)), ...itemsOf(key, "second", event(1)), ...large.slice(1)]
    const found = new EventCollector("second").add(items)
    expect(found).toEqual([{ _tag: "Event", event: event(1) }])
  })

  it("are torn when the last is missing", () => {
    const [first] = itemsOf(key, "first", event(2, partLength))
    const collector = new EventCollector(undefined)
    expect(collector.add([first!])).toEqual([])
    expect(collector.isWaiting).toBe(true)
    expect(collector.add(itemsOf(key, "first", event(3)))).toEqual([
      { _tag: "Torn", seqNr: 2, sk: first!["sk"]?.S },
      { _tag: "Event", event: event(3) }
    ])
    expect(collector.end()).toEqual([])
  })

  it("are refused in a sentence when their bytes are something else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(() => decodeBody(1, bytes)).toThrow(/./)
      })
    )
    const body = encodeBody(event(1))
    for (let length = 0; length < body.length - 10; length++) {
      expect(() => decodeBody(1, body.subarray(0, length)), `cut at ${length}`).toThrow(/./)
    }
    const encode = (about: object): Uint8Array => {
      const json = new TextEncoder().encode(JSON.stringify(about))
      return Uint8Array.from([1, 0, 0, 0, json.length, ...json])
    }
    const about = { partition: 0, offset: 1, timestamp: 2 }
    expect(decodeBody(7, encode(about))).toMatchObject({ seqNr: 7, offset: 1, payload: undefined })
    for (const [wrong, problem] of [
      [{ offset: 1.5 }, "offset is no integer"],
      [{ origin: 1 }, "origin is no text"],
      [{ tags: [1] }, "tags is no list of texts"],
      [{ headers: [["a"]] }, "headers is no list of pairs"],
      [{ payload: "Xml" }, 'payload is "Xml", which is no kind of payload']
    ] as const) {
      expect(() => decodeBody(1, encode({ ...about, ...wrong }))).toThrow(problem)
    }
  })
})
