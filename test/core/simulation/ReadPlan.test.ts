import { describe, expect, it } from "vitest"
import { checkKnobs, checkPlan, PlanUnreadable, readPlan, runPlan } from "../../../core/simulation/index.ts"
import type { CompletePlan, Plan, Scenario } from "../../../core/simulation/index.ts"
import { makeLock } from "./LockService.ts"

const whole: CompletePlan = {
  scenario: "lock",
  seed: 7,
  knobs: { clients: 3 },
  moves: [{ at: 0, name: "want", seed: 1 }],
  faults: [
    { at: 1, kind: "crash", node: "a", leader: true, power: true, downMs: 3, after: "effect", nth: 2 },
    { at: 1, kind: "wipe", node: "a", downMs: 3 },
    { at: 1, kind: "pause", node: "a", until: 5 },
    { at: 1, kind: "clock step", node: "a", byMs: -5 },
    { at: 1, kind: "clock drift", node: "a", perMille: -5, until: 9 },
    { at: 1, kind: "cut", links: ["a>b"], until: 5, shape: "isolate" },
    { at: 1, kind: "clog", links: ["a>b"], until: 5, phase: 2 },
    { at: 1, kind: "slow", links: ["a>b"], until: 5, addMs: 3 },
    { at: 1, kind: "burst", links: ["a>b"], until: 5, of: "loss", percent: 0.5 },
    { at: 1, kind: "sync fails", node: "a" },
    { at: 1, kind: "disk full", node: "a", until: 5 },
    { at: 1, kind: "rot", node: "a", seed: 5 },
    { at: 1, kind: "misdirect", node: "a", seed: 5 }
  ],
  chances: [{ stream: "loss a>b", nth: 0 }]
}

const refusal = (plan: unknown): PlanUnreadable => {
  try {
    readPlan(typeof plan === "string" ? plan : JSON.stringify(plan))
  } catch (error) {
    if (error instanceof PlanUnreadable) return error
    throw error
  }
  return expect.unreachable("it is read")
}

describe("a plan that is read", () => {
  it("is what was written, with every kind of fault", () => {
    expect(readPlan(JSON.stringify(whole))).toEqual(whole)
    expect(readPlan('{"scenario":"lock","seed":0}')).toEqual({ scenario: "lock", seed: 0 })
  })

  it("is refused with the field that is wrong, and what it should be", () => {
    const cases: ReadonlyArray<readonly [unknown, string, RegExp]> = [
      ["{", "", /^The plan is no JSON: /],
      [[], "", /^The plan must be a record\.$/],
      [{ seed: 1 }, "scenario", /^The plan's scenario must be a text/],
      [{ scenario: "x", seed: 1.5 }, "seed", /must be a whole number from 0 to 4294967295\.$/],
      [{ scenario: "x", seed: -1 }, "seed", /must be a whole number from 0 to 4294967295\.$/],
      [{ scenario: "x", seed: 2 ** 32 }, "seed", /must be a whole number from 0 to 4294967295\.$/],
      [{ ...whole, moves: [{ at: 1, name: "a", seed: 2 ** 32 }] }, "moves[0].seed", /from 0 to 4294967295/],
      [{ ...whole, knobs: { clients: "3" } }, "knobs.clients", /must be a number/],
      [{ ...whole, moves: [{ at: -1, name: "a", seed: 1 }] }, "moves[0].at", /a whole number from 0 on/],
      [{ ...whole, moves: {} }, "moves", /must be a list/],
      [{ ...whole, faults: [{ at: 1, kind: "crush", node: "a" }] }, "faults[0].kind", /one of crash, wipe, pause/],
      [{ ...whole, faults: [{ at: 1, kind: "pause", node: "a" }] }, "faults[0].until", /a whole number from 0/],
      [{ ...whole, faults: [{ at: 1, kind: "cut", links: ["a-b"], until: 2 }] }, "faults[0].links[0]", /"a>b"/],
      [{ ...whole, faults: [{ ...whole.faults[0], power: 1 }] }, "faults[0].power", /true or false/],
      [{ ...whole, faults: [{ ...whole.faults[0], after: "lunch" }] }, "faults[0].after", /one of effect, output/],
      [{ ...whole, faults: [{ ...whole.faults[0], nth: 0 }] }, "faults[0].nth", /from 1 on/],
      [{ ...whole, faults: [3] }, "faults[0]", /must be a record/],
      [{ ...whole, chances: [{ stream: "x" }] }, "chances[0].nth", /a whole number/],
      [{ ...whole, fault: [] }, "fault", /must be left out: it is not one of scenario, seed, knobs/]
    ]
    for (const [plan, field, message] of cases) {
      const refused = refusal(plan)
      expect(refused.field).toBe(field)
      expect(refused.message).toMatch(message)
    }
  })
})

describe("a plan that is run", () => {
  const lock = makeLock()
  const plan = { scenario: "lock", seed: 3 }
  const said = (bad: Plan): string => {
    for (const one of [checkPlan, runPlan]) {
      try {
        one(lock, bad)
      } catch (error) {
        if (error instanceof PlanUnreadable && one === runPlan) return error.message
        if (error instanceof PlanUnreadable) continue
        throw error
      }
      return expect.unreachable("it is run")
    }
    return expect.unreachable("it is run")
  }

  it("is one of the scenario, with its knobs, and a seed", () => {
    expect(() => checkPlan(lock, { ...plan, knobs: { loss: 3, shuffle: 1 } })).not.toThrow()
    expect(said({ ...plan, scenario: "log" })).toBe("The plan's scenario must be lock, which is to run it, not log.")
    expect(said({ ...plan, seed: 1.5 })).toBe("The plan's seed must be a whole number from 0 to 4294967295.")
    expect(said({ ...plan, knobs: { losses: 3 } })).toBe(
      "The plan's knobs.losses must be left out: lock has the knobs shuffle, clients, faults, loss, latency, writing, gap."
    )
  })

  it("has finite numbers for its knobs, which a program may turn further than the scenario does", () => {
    expect(said({ ...plan, knobs: { loss: NaN } })).toBe("The plan's knobs.loss must be a number.")
    expect(() => checkPlan(lock, { ...plan, knobs: { loss: 50 } })).not.toThrow()
  })
})

describe("the knobs of a plan from outside", () => {
  const turned = (knobs: Plan["knobs"], scenario = makeLock()) => {
    return () => checkKnobs(scenario, { scenario: "lock", seed: 1, knobs: knobs ?? {} })
  }

  it("are turned no further than the scenario does, and in parts only where that does", () => {
    expect(turned({ loss: 0, clients: 4, shuffle: 1 })).not.toThrow()
    for (const loss of [-1, 20.5, 21, NaN, Infinity, 0.5]) {
      expect(turned({ loss })).toThrow("The plan's knobs.loss must be a whole number from 0 to 20.")
    }
    expect(turned({ clients: 1 })).toThrow("The plan's knobs.clients must be a whole number from 2 to 5.")
    expect(turned({ shuffle: 2 })).toThrow("The plan's knobs.shuffle must be a whole number from 0 to 1.")
    const lock = makeLock()
    const parts: Scenario = { ...lock, knobs: { ...lock.knobs, loss: [0, 0.5, 20], writing: [-1, 10] } }
    expect(turned({ loss: 0.3, writing: -1 }, parts)).not.toThrow()
    expect(turned({ loss: 21 }, parts)).toThrow("must be a number from 0 to 20")
  })
})
