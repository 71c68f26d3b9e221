import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { genesis } from "../../../../core/chain/Block.ts"
import type { Persist } from "../../../../core/chain/ChainOutput.ts"
import { decodeRecord, encodeRecord, segmentHead } from "../../../../core/chain/codec/RecordCodec.ts"
import type { ChainRecord } from "../../../../core/chain/codec/RecordCodec.ts"
import { votersOnly } from "../Configurations.ts"
import { plain, someRecord } from "./Arbitraries.ts"

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const first = plain(3)
const persist = { _tag: "Persist", term: 4, vote: 2, commit: first.id, blocks: [first, plain(4, first.id)] } as const

/** A record of each kind and form, and the bytes that it is for ever. */
const golden: ReadonlyArray<readonly [record: ChainRecord, bytes: string]> = [
  [{ _tag: "Identity", incarnation: 2 ** 40, initial: votersOnly(1, 2) }, "010180808080804002020000000400000000"],
  [{ _tag: "Identity", incarnation: 7, initial: { members: [] } }, "01010e0000"],
  [{ ...persist, vote: 0, commit: genesis, blocks: [] }, "01020800000000"],
  [persist, "0102080406020206020000020101000001000804060202010100000101"]
]

describe("a record", () => {
  it("reads back as it was written", () => {
    fc.assert(
      fc.property(someRecord, (record) => {
        expect(Result.getOrThrow(decodeRecord(encodeRecord(record)))).toEqual(record)
      }),
      { numRuns: 300 }
    )
  })

  it.each(golden)("has the bytes that it always had: %o", (record, bytes) => {
    expect(hex(encodeRecord(record))).toBe(bytes)
    expect(Result.getOrThrow(decodeRecord(encodeRecord(record)))).toEqual(record)
  })

  it("is written from the output that asks for it, whose number is the driver's alone", () => {
    const output: Persist = { ...persist, write: 99 }
    expect(encodeRecord(output)).toEqual(encodeRecord(persist))
  })

  it("that is cut anywhere, or followed by anything, is an error with its place", () => {
    fc.assert(
      fc.property(someRecord, fc.nat(), (record, at) => {
        const bytes = encodeRecord(record)
        const cut = decodeRecord(bytes.slice(0, at % bytes.length))
        expect(Result.isFailure(cut) && cut.failure._tag).toBe("DecodeError")
        const longer = decodeRecord(Uint8Array.of(...bytes, 0))
        expect(Result.isFailure(longer) && longer.failure.reason).toBe("TrailingBytes")
      })
    )
  })

  it.each([
    ["of another version", [2, 1, 0], "record.version"],
    ["of no kind", [1, 3, 0], "record.kind"]
  ])("%s is refused", (_, bytes, what) => {
    expect(decodeRecord(Uint8Array.from(bytes))).toMatchObject({ failure: { reason: "InvalidValue", what } })
  })
})

describe("the head of a segment", () => {
  it("is who the node is, and its term, vote and marker", () => {
    const identity = { incarnation: 5, initial: votersOnly(1) }
    expect(segmentHead(identity, persist)).toEqual([
      { _tag: "Identity", ...identity },
      { _tag: "Persist", term: 4, vote: 2, commit: first.id, blocks: [] }
    ])
  })
})
