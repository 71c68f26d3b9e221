import { expect, it } from "vitest"
import { stoppedText } from "../../../../../runtimes/node/cli/simulate/BatchReport.ts"

it("a batch that is ended tells of a seed that fails, and how to see it", () => {
  const soFar = { seeds: 90, events: 5, virtualMs: 5, missing: 3, failed: 17 }
  expect(stoppedText({ system: "log" }, soFar)).toBe(
    "stopped: 90 seeds of log run, seed 17 fails (see it with odradek simulate log --seed 17), and no digest: that is of a batch that has ended."
  )
  expect(stoppedText({ system: "log" }, undefined)).toContain("stopped: 0 seeds of log run, no violation so far, ")
})
