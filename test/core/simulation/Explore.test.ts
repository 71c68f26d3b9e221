import { describe, expect, it } from "vitest"
import { explore, firstFailure, runPlan, seedsFrom, SimulationFailed } from "../../../core/simulation/index.ts"
import type { Report, Scenario } from "../../../core/simulation/index.ts"
import { forgetfulServer, hastyServer, makeLock } from "./LockService.ts"
import { failureOf } from "./Memory.ts"

const lock = makeLock()

describe("a batch of runs", () => {
  it("finds nothing wrong where nothing is, and sums up what was seen", () => {
    const reports: Array<Report> = []
    const summary = explore(lock, seedsFrom(1, 200), { ran: (report) => reports.push(report) })
    const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0)
    expect(summary).toMatchObject({ scenario: "lock", seeds: 200, missing: [] })
    expect(summary.events).toBe(sum(({ events }) => events))
    expect(summary.virtualMs).toBe(sum(({ virtualMs }) => virtualMs))
    expect(summary.marks.get("held")).toBe(sum(({ marks }) => marks.get("held") ?? 0))
    expect(summary.marks.get("cut")).toBeGreaterThan(100)
  })

  it("comes to the same digest for the same seeds in the same order, also through bytes", () => {
    const { digest } = explore(lock, seedsFrom(1, 20))
    expect(digest).toMatch(/^[0-9a-f]{8}$/)
    expect(explore(lock, seedsFrom(1, 20), { encoded: true }).digest).toBe(digest)
    expect(explore(lock, seedsFrom(1, 20).toReversed()).digest).not.toBe(digest)
    expect(explore(lock, seedsFrom(2, 20)).digest).not.toBe(digest)
  })

  it("finds that a server speaks before it has written, and that it forgets a longer lease", () => {
    for (const bug of [hastyServer, forgetfulServer]) {
      const failed = firstFailure(makeLock(bug), seedsFrom(1, 100))
      expect(failed?.invariant).toBe("one holder")
    }
    expect(firstFailure(lock, seedsFrom(1, 20))).toBeUndefined()
  })

  it("says which marks a whole batch misses, and nothing of a part of one", () => {
    const demanding = { ...lock, seeds: 10, marks: { held: 1, "a comet": 2 } }
    expect(explore(demanding, seedsFrom(1, 10)).missing).toEqual(["a comet: 0 times, not 2"])
    expect(explore(demanding, seedsFrom(1, 9)).missing).toEqual([])
  })

  it("lets through what is no failure of a simulation", () => {
    const ran = () => {
      throw new TypeError("broken")
    }
    expect(() => explore(lock, [1], { ran })).toThrow(TypeError)
  })
})

describe("a run that is made twice", () => {
  const scenario = (run: Scenario["run"]): Scenario => ({ name: "odd", knobs: {}, seeds: 1, marks: {}, run })

  it("fails where something is decided by what is not from the seed", () => {
    let count = 0
    const failed = failureOf(() =>
      explore(
        scenario(({ note }) => note(`${count++}`)),
        [5]
      )
    )
    expect(failed).toMatchObject({ invariant: "repeats", rerun: "explore(odd, [5])" })
    expect(failed.what).toMatch(/A second run from the seed is another/)
  })

  it("fails where a codec gives another message than it was given", () => {
    const lossy = scenario((simulation) => {
      const node = (name: string) =>
        simulation.node<null, { readonly _tag: string }, never, { readonly _tag: string }>({
          name,
          codec: { encode: () => new Uint8Array(), decode: () => ({ _tag: "Other" }) },
          boot: () => ({
            machine: { step: (state) => [state, []], wakeAt: () => undefined },
            state: null,
            tick: () => ({ _tag: "Tick" }),
            received: (_, message) => message,
            perform: (output) => output
          })
        })
      node("b")
      const a = simulation.node<null, { readonly _tag: string }, string, { readonly _tag: string }>({
        name: "a",
        codec: { encode: () => new Uint8Array(), decode: () => ({ _tag: "Other" }) },
        boot: () => ({
          machine: { step: (state) => [state, ["say"]], wakeAt: () => undefined },
          state: null,
          tick: () => ({ _tag: "Tick" }),
          perform: () => ({ _tag: "Send", to: "b", message: { _tag: "One" } })
        })
      })
      simulation.pass(10)
      a.stop()
    })
    expect(runPlan(lossy, { scenario: "odd", seed: 1 }).events).toBeGreaterThan(1)
    expect(failureOf(() => explore(lossy, [1])).what).toMatch(/when messages go through bytes/)
    expect(() => explore(lossy, [1])).toThrow(SimulationFailed)
  })
})
