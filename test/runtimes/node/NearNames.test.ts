import { describe, expect, it } from "vitest"
import { nearNames } from "../../../runtimes/node/NearNames.ts"

const names = ["vote-twice", "vote-erased", "snapshot-of-next", "read-never-asked", "all-dropped"]

describe("the names that somebody may have meant", () => {
  it("are spelt almost so", () => {
    expect(nearNames("vote-twise", names)[0]).toBe("vote-twice")
    expect(nearNames("al-droped", names)).toEqual(["all-dropped"])
  })

  it("begin so, or contain it", () => {
    expect(nearNames("vote", names)).toEqual(["vote-twice", "vote-erased"])
    expect(nearNames("never", names)).toEqual(["read-never-asked"])
  })

  it("are none where nothing is near", () => {
    expect(nearNames("zzzzzzzz", names)).toEqual([])
  })

  it("are only a few", () => {
    expect(nearNames("a", ["a1", "a2", "a3", "a4"], 3)).toEqual(["a1", "a2", "a3"])
  })
})
