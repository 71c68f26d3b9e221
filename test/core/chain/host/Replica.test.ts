import { describe, expect, it } from "vitest"
import { KeyValues, plainCommand, type Block, type Body } from "../../../../core/chain/index.ts"
import { Replica } from "../../../../core/chain/host/Replica.ts"

const blockOf = (counter: number, position: number, body: Body): Block => ({
  id: { term: 1, counter },
  parent: { term: 1, counter: counter - 1 },
  position,
  bytes: 0,
  body
})
const adds = (counter: number, position: number, count: number): Block => {
  const one = plainCommand(KeyValues.command({ _tag: "Add", key: "n", amount: 1 }))
  return blockOf(counter, position, { _tag: "Commands", commands: Array.from({ length: count }, () => one) })
}
const make = () => new Replica(KeyValues.application, 10)
const count = (replica: ReturnType<typeof make>): string =>
  new TextDecoder().decode(KeyValues.get(replica.state, "n")?.value)

describe("the application of a node", () => {
  it("tells of each command its place and what became of it", () => {
    const replica = make()
    replica.apply(adds(1, 0, 2))
    const placed = replica.apply(adds(2, 2, 2))
    expect(placed.map(({ outcome, position }) => [position, outcome._tag])).toEqual([
      [2, "Applied"],
      [3, "Applied"]
    ])
    expect([count(replica), replica.position]).toEqual(["4", 4])
  })

  it("goes on from a snapshot", () => {
    const replica = make()
    replica.apply(adds(1, 0, 3))
    const next = make()
    expect(next.become(replica.snapshot())).toBeUndefined()
    next.apply(adds(2, 3, 1))
    expect(count(next)).toBe("4")
  })

  it("never goes back to a snapshot that is behind it", () => {
    const replica = make()
    replica.apply(adds(1, 0, 3))
    const old = replica.snapshot()
    replica.apply(adds(2, 3, 3))
    expect(replica.become(old)).toBeUndefined()
    expect([count(replica), replica.position]).toEqual(["6", 6])
  })

  it("leaves out blocks that a snapshot has covered meanwhile, and no others", () => {
    const ahead = make()
    ahead.apply(adds(1, 0, 2))
    ahead.apply(adds(2, 2, 2))
    const replica = make()
    replica.become(ahead.snapshot())
    expect(replica.apply(adds(2, 2, 2))).toEqual([])
    expect(count(replica)).toBe("4")
    expect(() => replica.apply(adds(3, 3, 2))).toThrow("cannot be applied")
    replica.apply(adds(3, 4, 1))
    expect(() => replica.apply(adds(3, 4, 1))).toThrow("cannot be applied")
  })

  it("says what is wrong with a snapshot, and stays as it is", () => {
    const replica = make()
    replica.apply(adds(1, 0, 1))
    expect(replica.become(Uint8Array.of(99))?._tag).toBe("DecodeError")
    expect(count(replica)).toBe("1")
  })

  it("has no state from the first block on whose commands are withheld, and says so in its snapshots", () => {
    const replica = make()
    expect(replica.apply(blockOf(1, 0, { _tag: "Withheld", count: 5 }))).toEqual([])
    expect(replica.apply(blockOf(2, 5, { _tag: "Opening" }))).toEqual([])
    expect([replica.isBlind, replica.snapshot().length]).toEqual([true, 0])
    const again = make()
    again.become(replica.snapshot())
    expect(again.isBlind).toBe(true)
  })
})
