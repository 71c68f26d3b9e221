import { describe, expect, it } from "vitest"
import { admit, appended, deleted, maxSeqNr } from "../../../../core/journal/index.ts"

const events = (...numbers: ReadonlyArray<number>) => numbers.map((seqNr) => ({ seqNr }))

describe("the fold of a journal", () => {
  it("begins with the first append, from any number, below which nothing is left", () => {
    expect(appended(undefined, { from: 1, to: 3 })).toEqual({ seqNr: 3, deleteTo: 0 })
    expect(appended(undefined, { from: 5, to: 7 })).toEqual({ seqNr: 7, deleteTo: 4 })
    expect(appended(undefined, { from: maxSeqNr, to: maxSeqNr }).deleteTo).toBe(maxSeqNr - 1)
  })

  it("goes on without a word on what is deleted, also of a journal that an append below its numbers comes to", () => {
    expect(appended({ seqNr: 2, deleteTo: 0 }, { from: 5, to: 7 })).toEqual({ seqNr: 7, deleteTo: 0 })
    expect(appended({ seqNr: 7, deleteTo: 4 }, { from: 2, to: 9 })).toEqual({ seqNr: 9, deleteTo: 4 })
  })

  it("never takes the beginning back by a delete below it", () => {
    expect(deleted(appended(undefined, { from: 5, to: 7 }), 2)).toEqual({ seqNr: 7, deleteTo: 4 })
  })

  it("never lowers the last number", () => {
    expect(appended({ seqNr: 9, deleteTo: 2 }, { from: 3, to: 4 })).toEqual({ seqNr: 9, deleteTo: 2 })
  })

  it("clamps a delete to the last number", () => {
    expect(deleted({ seqNr: 3, deleteTo: 0 }, 10)).toEqual({ seqNr: 3, deleteTo: 3 })
  })

  it("never takes a delete back", () => {
    expect(deleted({ seqNr: 7, deleteTo: 4 }, 2)).toEqual({ seqNr: 7, deleteTo: 4 })
  })

  it("begins a journal that does not exist at the number of its delete", () => {
    expect(deleted(undefined, 4)).toEqual({ seqNr: 4, deleteTo: 4 })
  })

  it("counts events above the last number, each by itself", () => {
    expect(admit({ seqNr: 2, deleteTo: 0 }, { from: 2, to: 4 }, events(2, 3, 4))).toEqual({
      state: { seqNr: 4, deleteTo: 0 },
      fresh: events(3, 4),
      refused: events(2)
    })
  })

  it("counts of events that do not ascend those that do", () => {
    expect(admit(undefined, { from: 1, to: 3 }, events(2, 1, 3))).toMatchObject({
      fresh: events(2, 3),
      refused: events(1)
    })
  })

  it("counts no event below the range with which a journal begins", () => {
    expect(admit(undefined, { from: 3, to: 4 }, events(2, 3, 4))).toEqual({
      state: { seqNr: 4, deleteTo: 2 },
      fresh: events(3, 4),
      refused: events(2)
    })
  })

  it("counts no event beyond its header's range, and takes the last number from the header", () => {
    expect(admit(undefined, { from: 1, to: 2 }, events(1, 5))).toEqual({
      state: { seqNr: 2, deleteTo: 0 },
      fresh: events(1),
      refused: events(5)
    })
    expect(admit(undefined, { from: 1, to: 9 }, events(1)).state.seqNr).toBe(9)
  })
})
