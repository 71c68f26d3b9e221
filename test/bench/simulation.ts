import * as chain from "../../core/chain/index.ts"
import { makeChainScenario } from "../../core/scenarios/chain/index.ts"
import { type Report as Run, runPlan, type Scenario } from "../../core/simulation/index.ts"
import { makePingPong } from "../core/simulation/PingPong.ts"
import { drawing } from "./Calibration.ts"
import { type Area, type Comparison, type Measure, processorMs, type Side } from "./Bench.ts"
import { failOvers, type Loss } from "./FailOver.ts"

const scenario = makeChainScenario(chain)
const rally = makePingPong(3000)

/** The engine alone, after the chain, since it runs faster with machines of one kind: players that return each message, on links that lose nothing. */
const engine: Side = {
  name: "the engine with machines that do nothing",
  run: () => {
    const knobs = { players: 3, loss: 0, duplicate: 0, reorder: 0, latency: 1, shuffle: 0 }
    return runPlan(rally, { scenario: rally.name, seed: 1, knobs }).events
  }
}

const seeds = 100

/** The runs that a hunt for bugs consists of: everything drawn by the seed. */
const batch = (of: Scenario, each: (run: Run) => number): number => {
  let sum = 0
  for (let seed = 1; seed <= seeds; seed++) sum += each(runPlan(of, { scenario: of.name, seed }))
  return sum
}

const calm = Object.fromEntries(Object.entries(scenario.knobs).map(([name, [first = 0]]) => [name, first]))

/** One run of a cluster that has much to do, while nodes crash and links fail. */
const long = (nodes: number): Side => ({
  name: "the chain with all invariants",
  run: () => {
    const knobs = { ...calm, nodes, moves: 3000, moveGapMs: 10, faultGapMs: 400, loss: 1, snapshotBytes: 250_000 }
    return runPlan(scenario, { scenario: scenario.name, seed: nodes, knobs: { ...knobs, shuffle: 0 } }).events
  }
})

/** One run of a cluster that is asked for something every ten milliseconds, while nothing goes wrong. */
const undisturbed: Side = {
  name: "the chain with all invariants",
  run: () => {
    const knobs = { ...calm, moves: 4000, moveGapMs: 10, shuffle: 0 }
    return runPlan(scenario, { scenario: scenario.name, seed: 3, knobs }).events
  }
}

/** Two operations a second of a cluster with the settings that it has by itself, and a fault every ten seconds. */
const usual = (): number => {
  const { electionMs, heartbeatMs, keepBlocks, snapshotBytes, spreadMs } = chain.chainDefaults
  const settings = { electionMs, spreadMs, heartbeatMs, snapshotBytes, keepBlocks }
  const knobs = { ...calm, ...settings, moves: 2000, moveGapMs: 500, faultGapMs: 10_000, shuffle: 0 }
  return runPlan(scenario, { scenario: scenario.name, seed: 3, knobs }).virtualMs
}

const events: Pick<Comparison, "unit" | "clock" | "warmMs" | "baseline"> = {
  unit: "events",
  clock: "processor",
  warmMs: 3000,
  baseline: drawing
}

const rateGoal = 3_000_000

const virtualOverReal = (what: string, virtualMs: () => number): Measure => ({
  name: `virtual over real time, ${what}`,
  unit: "times",
  rounds: 7,
  leastGoal: 5000,
  run: () => {
    const began = processorMs()
    const gone = virtualMs()
    return gone / (processorMs() - began)
  }
})

const failOver = (nodes: number, loss: Loss): Measure => {
  let seed = 0
  let left: Array<number> = []
  return {
    name: `${nodes} nodes, first commit after ${loss === "crash" ? "a leader's crash" : "a silence"}, p99`,
    unit: "time-outs",
    rounds: 2000,
    part: 0.99,
    goal: 2,
    run: () => {
      if (left.length === 0) left = [...failOvers(nodes, loss, ++seed)]
      return left.pop() ?? Number.NaN
    }
  }
}

/** The simulator on one core, with the chain's own machine in it, and how long that machine takes to recover. */
export const simulation: Area = {
  name: "simulation",
  about: "the simulator, and how long the chain takes to recover",
  run: async (report) => {
    await report({
      ...events,
      rateGoal,
      name: `${seeds} seeds of the scenario, everything drawn`,
      subject: { name: "the chain with all invariants", run: () => batch(scenario, (run) => run.events) }
    })
    await report({ ...events, rateGoal, name: "3 nodes, a long calm run", subject: undisturbed })
    for (const nodes of [3, 5]) {
      await report({
        ...events,
        rateGoal,
        name: `${nodes} nodes, a long run with crashes and losses`,
        subject: long(nodes)
      })
    }
    await report({ ...events, name: "3 players, the engine alone", subject: engine })
    await report(virtualOverReal(`${seeds} seeds, everything drawn`, () => batch(scenario, (run) => run.virtualMs)))
    await report(virtualOverReal("3 nodes, default settings, 2 operations/s", usual))
    for (const nodes of [3, 5]) {
      await report(failOver(nodes, "crash"))
      await report(failOver(nodes, "silence"))
    }
  }
}
