import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { headSegmentOf, layoutNote, layoutOf, segmentOf } from "../../../adapters/cassandra/Segments.ts"
import type { JournalHead } from "../../../core/ports/index.ts"
import placement from "../../golden/placement.json" with { type: "json" }

const head: JournalHead = {
  partition: 0,
  offset: 0,
  seqNr: 1,
  deleteTo: 0,
  recordId: "",
  created: 0,
  updated: 0,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined
}

const known = placement.events.filter(({ seqNr }) => Number(seqNr) <= Number.MAX_SAFE_INTEGER)

describe("where a journal's rows are", () => {
  it.each(placement.heads)("135. the head of $id is in segment $segmentOf10000, or was in $segmentOf100", (place) => {
    expect(headSegmentOf(place.id, 10_000)).toBe(place.segmentOf10000)
    expect(headSegmentOf(place.id, 100)).toBe(place.segmentOf100)
  })

  it.each(known)("135. event $seqNr is in segment $segment of $segmentSize", ({ segment, segmentSize, seqNr }) => {
    expect(segmentOf(Number(seqNr), segmentSize)).toBe(Number(segment))
  })

  it("a segment is counted without rounding, up to 2^53 - 1", () => {
    const seqNr = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(seqNr, fc.integer({ min: 2, max: 2 ** 31 - 1 }), (number, size) => {
        expect(BigInt(segmentOf(number, size))).toBe((BigInt(number) - 1n) / BigInt(size))
      })
    )
  })

  it("the old place of a head is the remainder of the new one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (id) => {
        expect(headSegmentOf(id, 10_000) % 100).toBe(headSegmentOf(id, 100))
      })
    )
  })

  it("the note on a head says the layout, and no other text does", () => {
    const layout = { segmentSize: 10_000, headSegments: 100 }
    expect(layoutOf({ ...head, layout: layoutNote(layout) })).toEqual(layout)
    expect(layoutOf({ ...head, layout: "bucket 7" })).toBeUndefined()
    expect(layoutOf(head)).toBeUndefined()
  })
})
