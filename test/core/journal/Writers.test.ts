import { describe, expect, it } from "vitest"
import { Writers } from "../../../core/journal/Writers.ts"

describe("the writers of a process", () => {
  it("are forgotten beyond the capacity, those first that were taken longest ago", () => {
    const writers = new Writers(2)
    for (const id of ["a", "b", "a", "a", "c"]) {
      writers.take(id)
      writers.give(id)
    }
    expect(["a", "b", "c"].map((id) => writers.known(id) !== undefined)).toEqual([true, false, true])
  })

  it("are remembered anew when the latest was forgotten and is taken again", () => {
    const writers = new Writers(0)
    writers.take("a").last = 7
    writers.give("a")
    const again = writers.take("a")
    expect([again.last, writers.known("a")]).toEqual([undefined, again])
  })
})
