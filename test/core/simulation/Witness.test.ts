import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Witness } from "../../../core/simulation/Witness.ts"
import type { WitnessedKind } from "../../../core/simulation/Witness.ts"

interface Interval {
  readonly invoked: number
  readonly ended: number
  readonly position: number
  readonly kind: WitnessedKind
}

/** Plays intervals to a witness in the order of time. */
const play = (operations: ReadonlyArray<Interval>): Witness => {
  const witness = new Witness()
  const events = operations
    .flatMap((operation, id) => [
      { at: operation.invoked, tell: () => witness.invoked(id) },
      { at: operation.ended, tell: () => witness.ended(id, operation.position, operation.kind) }
    ])
    .toSorted((a, b) => a.at - b.at)
  for (const { tell } of events) tell()
  return witness
}

/** The definition: every pair that real time orders is ordered by position, and no two writes share one. */
const agrees = (operations: ReadonlyArray<Interval>): boolean =>
  operations.every((first, id) =>
    operations.every((second, other) => {
      if (id === other) return true
      if (first.kind === "write" && second.kind === "write" && first.position === second.position) return false
      if (first.ended >= second.invoked) return true
      return second.kind === "read" ? first.position <= second.position : first.position < second.position
    })
  )

const history = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.nat(7), fc.constantFrom<WitnessedKind>("read", "write")), { maxLength: 6 })
  .map((drawn) => {
    const times = drawn
      .flatMap(([one, another], id) => [
        { id, order: one },
        { id, order: another }
      ])
      .toSorted((a, b) => a.order - b.order)
    return drawn.map(([, , position, kind], id): Interval => ({
      invoked: times.findIndex((time) => time.id === id),
      ended: times.findLastIndex((time) => time.id === id),
      position,
      kind
    }))
  })

describe("the commit order as a witness", () => {
  it("finds nothing where the order agrees with real time", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.invoked(2)
    witness.ended(2, 10, "write")
    witness.invoked(3)
    witness.ended(1, 11, "write")
    witness.ended(3, 10, "read")
    expect(witness.violation()).toBeUndefined()
  })

  it("finds a read that misses a write which had ended before it began", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.ended(1, 5, "write")
    witness.invoked(2)
    witness.ended(2, 4, "read")
    expect(witness.violation()).toMatchObject({ reason: "StaleRead", operation: 2, position: 4, other: 1, known: 5 })
    expect(witness.violation()?.message).toBe("Read 2 saw position 4, but operation 1 had ended at 5 before it began.")
  })

  it("finds a read that misses what an earlier read saw", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.ended(1, 5, "read")
    witness.invoked(2)
    witness.ended(2, 4, "read")
    expect(witness.violation()?.reason).toBe("StaleRead")
  })

  it("finds a write before one that had ended when it began", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.ended(1, 5, "write")
    witness.invoked(2)
    witness.ended(2, 4, "write")
    expect(witness.violation()).toMatchObject({ reason: "OutOfOrder", operation: 2, other: 1, known: 5 })
  })

  it("finds a write that was seen before it began", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.ended(1, 5, "read")
    witness.invoked(2)
    witness.ended(2, 5, "write")
    expect(witness.violation()?.reason).toBe("OutOfOrder")
  })

  it("finds a position that is claimed twice", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.invoked(2)
    witness.ended(1, 5, "write")
    witness.ended(2, 5, "write")
    expect(witness.violation()).toMatchObject({ reason: "TakenTwice", operation: 2, other: 1 })
  })

  it("keeps the first violation", () => {
    const witness = new Witness()
    for (const position of [5, 4, 3]) {
      witness.invoked(position)
      witness.ended(position, position, "write")
    }
    expect(witness.violation()?.operation).toBe(4)
  })

  it("holds nobody to an operation that never ended, but for when it began", () => {
    const witness = new Witness()
    witness.invoked(1)
    witness.found(1, 9, "write")
    witness.invoked(2)
    witness.ended(2, 8, "read")
    expect(witness.violation()).toBeUndefined()
    witness.invoked(3)
    witness.found(3, 7, "write")
    expect(witness.violation()?.reason).toBe("OutOfOrder")
  })

  it("refuses an operation that begins twice, or ends twice", () => {
    const witness = new Witness()
    witness.invoked(1)
    expect(() => witness.invoked(1)).toThrow("under way already")
    witness.dropped(1)
    expect(() => witness.ended(1, 1, "read")).toThrow("not under way")
  })

  it("agrees with the definition, pair by pair, on any small history", () => {
    fc.assert(
      fc.property(history, (operations) => {
        expect(play(operations).violation() === undefined).toBe(agrees(operations))
      }),
      { numRuns: 3000 }
    )
  })
})
