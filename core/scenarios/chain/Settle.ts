import { isUp } from "./World.ts"
import type { Place, World } from "./World.ts"
import { proposeAt } from "./Workload.ts"

/** Faults have ended: somebody leads, and what is proposed then is committed everywhere. */
export const settle = (world: World): void => {
  const { history, operations, simulation } = world
  const places = history.nodes.filter((place): place is Place => place !== undefined)
  const electionMs = simulation.knob("electionMs")
  for (const { settings } of places) settings.spreadMs = Math.max(settings.spreadMs, electionMs)
  simulation.network({ meanMs: 1 })
  simulation.tasks({ meanMs: 1 })
  const leader = (): Place | undefined =>
    places.find((place) => isUp(place) && place.node?.state().lead !== undefined && place.node.state().commit.block.id.term === place.node.state().term)
  simulation.settle("somebody leads", () => leader() !== undefined, { withinMs: 20 * electionMs })
  const by = leader()
  if (by?.node === undefined) return
  const before = history.top
  proposeAt(world, by, 1, 8, by.node.now() + 10 * electionMs)
  simulation.settle("a fresh proposal is committed everywhere", () => history.top > before && operations.open.size === 0 && places.every((place) => place.node?.state().commit.block.id.counter === history.top), { withinMs: 100 * electionMs })
}
