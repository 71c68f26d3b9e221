import { describe, expect, it } from "vitest"
import { explore, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { log } from "./LogSim.ts"

const seeds = seedsFrom(1, log.seeds)

describe("a partition's log on a disk that fails, from a seed", () => {
  it("answers every client once and right, and keeps what it promised", { timeout: 120_000 }, () => {
    expect(missingMarks(log, explore(seeds, log.run))).toEqual([])
  })
})
