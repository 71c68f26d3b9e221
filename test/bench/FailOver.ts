import * as chain from "../../core/chain/index.ts"
import { beginWorld } from "../../core/scenarios/chain/ChainScenario.ts"
import { makeChainScenario } from "../../core/scenarios/chain/index.ts"
import { leadersOf } from "../../core/scenarios/chain/World.ts"
import type { World } from "../../core/scenarios/chain/World.ts"
import { runPlan, type Scenario } from "../../core/simulation/index.ts"

/** What happens to a cluster: its leader crashes, or nobody reaches anybody for a while. */
export type Loss = "crash" | "silence"

const scenario = makeChainScenario(chain)

/** As the chain's own settings are, on a quick network with disks that take a millisecond or two. */
const calm = Object.fromEntries(Object.entries(scenario.knobs).map(([name, [first = 0]]) => [name, first]))
const knobs = { ...calm, shuffle: 1, electionMs: 1000, spreadMs: 1000, heartbeatMs: 100 }

const recoveries = 20
const quietMs = 3000

/** All links, or none. */
const connect = ({ places, simulation }: World, how: "cut" | "mend"): void => {
  for (const { name: from } of places) {
    for (const { name: to } of places) if (from !== to) simulation[how](from, to)
  }
}

/** Waits until something more is committed, and gives the milliseconds that went by. */
const nextCommit = ({ history, simulation }: World): number => {
  const began = simulation.now()
  const { top } = history
  simulation.settle("something is committed", () => history.top > top, { withinMs: 60_000 })
  return simulation.now() - began
}

const recover = (world: World, loss: Loss): number => {
  const { simulation } = world
  simulation.pass(quietMs + simulation.random("when").below(1000))
  const [leader] = leadersOf(world)
  if (leader?.node === undefined) return simulation.fail("fail-over", "Nobody leads, and nothing is wrong.")
  if (loss === "crash") {
    // Settling would start it again.
    leader.node.stop()
    const took = nextCommit(world)
    leader.node.restart()
    return took
  }
  connect(world, "cut")
  simulation.pass(quietMs + simulation.random("when").below(3000))
  connect(world, "mend")
  return nextCommit(world)
}

/**
 * How long a cluster of so many nodes commits nothing, in election time-outs: from the crash of the leader, or from the end
 * of a silence, until something is committed again. Each seed gives a few of these times, with all invariants held.
 */
export const failOvers = (nodes: number, loss: Loss, seed: number): ReadonlyArray<number> => {
  const times: Array<number> = []
  const losing: Scenario = {
    ...scenario,
    run: (simulation) => {
      const world = beginWorld(chain, simulation)
      for (let count = 0; count < recoveries; count++) times.push(recover(world, loss) / knobs.electionMs)
    }
  }
  runPlan(losing, { scenario: scenario.name, seed, knobs: { ...knobs, nodes }, faults: [], chances: [] })
  return times
}
