import { describe, expect, it } from "vitest"
import { nearNames } from "../../../runtimes/node/NearNames.ts"

const names = ["vote-twice", "vote-erased", "snapshot-of-next", "read-never-asked", "all-dropped"]

describe("the names that somebody may have meant", () => {
  it("are spelt almost so", () => {
    expect(nearNames("vote-twise", names)[0]).toBe("vote-twice")
    expect(nearNames("al-droped", names)).toEqual(["all-dropped"])
  })

  it("are spelt so in capitals, or with two letters swapped", () => {
    expect(nearNames("EACH_QUORUM", ["quorum", "eachQuorum"])[0]).toBe("eachQuorum")
    expect(nearNames("tow", ["one", "two"])).toEqual(["two"])
    expect(nearNames("thre", ["one", "two", "three"])).toEqual(["three"])
  })

  it("begin so, or contain it", () => {
    expect(nearNames("vote", names)).toEqual(["vote-twice", "vote-erased"])
    expect(nearNames("never", names)).toEqual(["read-never-asked"])
  })

  it("are none where nothing is near", () => {
    expect(nearNames("zzzzzzzz", names)).toEqual([])
    expect(nearNames("foo", ["one", "two", "quorum"])).toEqual([])
    expect(nearNames("a", ["datacenter"])).toEqual([])
    expect(nearNames("", names)).toEqual([])
  })

  it("are only a few", () => {
    expect(nearNames("a", ["a1", "a2", "a3", "a4"], 3)).toEqual(["a1", "a2", "a3"])
  })
})
