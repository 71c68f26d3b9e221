import { describe, expect, it } from "vitest"
import { PartitionMap } from "../../../core/append/PartitionMap.ts"

describe("values by partition", () => {
  it("are told apart by topic and by partition", () => {
    const map = new PartitionMap<string>()
    map.set({ topic: "a", partition: 1 }, "one")
    map.set({ topic: "a", partition: 2 }, "two")
    map.set({ topic: "b", partition: 1 }, "other")
    const found = [1, 2, 3].map((partition) => map.get({ topic: "a", partition }))
    expect([...found, map.get({ topic: "b", partition: 1 })]).toEqual(["one", "two", undefined, "other"])
  })

  it("are counted once each, and no more when they are deleted", () => {
    const map = new PartitionMap<string>()
    const sizes: Array<number> = []
    const place = { topic: "a", partition: 1 }
    for (const change of [
      () => map.set(place, "first"),
      () => map.set(place, "second"),
      () => map.set({ ...place, partition: 2 }, "next"),
      () => map.delete(place),
      () => map.delete(place)
    ]) {
      change()
      sizes.push(map.size)
    }
    expect([sizes, map.get(place)]).toEqual([[1, 1, 2, 1, 1], undefined])
  })
})
