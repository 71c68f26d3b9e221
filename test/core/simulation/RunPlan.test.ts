import { describe, expect, it } from "vitest"
import { runPlan } from "../../../core/simulation/index.ts"
import { makePingPong } from "./PingPong.ts"

const seeds = Array.from({ length: 40 }, (_, seed) => seed)
const game = makePingPong(200)

describe("a run", () => {
  it("is the same for the same seed, and another for another", () => {
    const hashes = seeds.map((seed) => {
      const report = runPlan(game, { scenario: "ping-pong", seed })
      expect(runPlan(game, { scenario: "ping-pong", seed })).toEqual(report)
      return report.hash
    })
    expect(new Set(hashes).size).toBe(seeds.length)
  })

  it("is the same from the plan that it leaves behind", () => {
    for (const seed of seeds) {
      const report = runPlan(game, { scenario: "ping-pong", seed })
      expect(runPlan(game, report.plan)).toEqual(report)
    }
  })
})
