import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  eventPlace,
  eventRange,
  eventSortKey,
  eventsOf,
  headKey,
  incarnationOf,
  keyText,
  pointerKey,
  sharedBeginningOf
} from "../../../adapters/dynamodb/Keys.ts"
import { compareUtf8 } from "../../../core/bytes/index.ts"

const seqNrs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const texts = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.integer({ min: 200, max: 1000 }), fc.string())
    .map(([unit, length, end]) => unit.repeat(length) + end)
)

describe("the keys of DynamoDB's items", () => {
  it("fit into what DynamoDB allows, for every id", () => {
    fc.assert(
      fc.property(texts, (id) => {
        expect(Buffer.byteLength(headKey({ topic: "t".repeat(249), id }, 16).sk)).toBeLessThanOrEqual(1024)
        expect(Buffer.byteLength(eventsOf({ topic: "t".repeat(249), id }))).toBeLessThanOrEqual(2048)
      })
    )
  })

  it("sort as the bytes of their ids do, but for ids with one shortened beginning", () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const shared = sharedBeginningOf(a)
        fc.pre(shared === undefined || shared !== sharedBeginningOf(b))
        const bytes = Math.sign(Buffer.compare(Buffer.from(keyText(a)), Buffer.from(keyText(b))))
        expect(bytes).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
        expect(Math.sign(compareUtf8(a, b))).toBe(bytes)
      })
    )
  })

  it("of long ids stay what they are in tables", () => {
    const id = `x${"order/é😀".repeat(150)}`
    const kept = `x${"order/é😀".repeat(74)}order/é\u{10ffff}5cfc31b0a31cb2dc60a4b3b0fc0324f67dbbf8bc73963e231eee097838b9c6f5`
    expect(headKey({ topic: "t", id }, 16).sk).toBe(`/${kept}`)
    expect(eventsOf({ topic: "t", id })).toBe(`event/t/${kept}`)
  })

  it("are of one journal only, whatever its topic and id are", () => {
    const keys = [
      { topic: "a", id: "b/c" },
      { topic: "a/b", id: "c" },
      { topic: "a%2Fb", id: "c" },
      { topic: "a", id: "b%2Fc" }
    ]
    expect(new Set(keys.map(eventsOf)).size).toBe(4)
    expect(new Set(keys.map((key) => JSON.stringify(headKey(key, 1)))).size).toBe(4)
    expect(pointerKey("a/1", 2)).not.toEqual(pointerKey("a", 12))
  })

  it("say which part of which event an item holds", () => {
    fc.assert(
      fc.property(seqNrs, fc.string(), fc.integer({ min: 0, max: 999_999 }), (seqNr, recordId, part) => {
        const place = { seqNr, incarnation: incarnationOf(recordId), part }
        expect(eventPlace(eventSortKey(place))).toEqual(place)
      })
    )
    for (const sk of ["", "/", "/journal", "12/x", `${"1".repeat(16)}`, `${"1".repeat(16)}/x/000001/y`]) {
      expect(eventPlace(sk), sk).toBeUndefined()
    }
  })

  it("are in a range exactly when the event's number is", () => {
    fc.assert(
      fc.property(seqNrs, seqNrs, seqNrs, fc.nat(3), (seqNr, from, to, part) => {
        const sk = eventSortKey({ seqNr, incarnation: incarnationOf("8c9fe0f5/\u{10ffff}"), part })
        const [first, last] = eventRange(from, to)
        expect(compareUtf8(first, sk) <= 0 && compareUtf8(sk, last) <= 0).toBe(from <= seqNr && seqNr <= to)
      })
    )
  })
})
