import { describe, expect, it } from "vitest"
import { explore, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { groups } from "./GroupSim.ts"

const seeds = seedsFrom(1, groups.seeds)

describe("a group's coordinator and its members, from a seed", () => {
  it("agree on who has what, keep what was committed, and come to rest", { timeout: 120_000 }, () => {
    expect(missingMarks(groups, explore(seeds, groups.run))).toEqual([])
  })
})
