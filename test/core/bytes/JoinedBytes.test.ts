import * as fc from "fast-check"
import { expect, it } from "vitest"
import { joinedBytes } from "../../../core/bytes/index.ts"

it("pieces that are joined have every byte of theirs, in their order, whatever array they are views of", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (pieces) => {
      const views = pieces.map((piece) => new Uint8Array([7, ...piece, 7]).subarray(1, piece.length + 1))
      expect([...joinedBytes(views)]).toEqual(pieces.flatMap((piece) => [...piece]))
    })
  )
})

it("no pieces are no bytes", () => {
  expect(joinedBytes([])).toEqual(new Uint8Array(0))
})

it("a piece that is alone is not copied", () => {
  const piece = new Uint8Array([1, 2])
  expect(joinedBytes([piece])).toBe(piece)
})
