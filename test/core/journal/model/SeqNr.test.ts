import { describe, expect, it } from "vitest"
import { isSeqNr, maxSeqNr, minSeqNr, nextSeqNr, previousSeqNr } from "../../../../core/journal/model/SeqNr.ts"

describe("SeqNr", () => {
  it("1. is a safe integer from 1", () => {
    expect([minSeqNr, maxSeqNr]).toEqual([1, 2 ** 53 - 1])
    expect([minSeqNr, 2, maxSeqNr].map(isSeqNr)).toEqual([true, true, true])
    expect([0, -1, 1.5, Number.NaN, 2 ** 53, Infinity].map(isSeqNr)).toEqual([false, false, false, false, false, false])
  })

  it("1. goes on by one and never wraps", () => {
    expect(nextSeqNr(minSeqNr)).toBe(2)
    expect(nextSeqNr(maxSeqNr)).toBeUndefined()
    expect(previousSeqNr(2)).toBe(minSeqNr)
    expect(previousSeqNr(minSeqNr)).toBeUndefined()
  })
})
