import type { Command } from "../../chain/index.ts"
import type { Move, Prng } from "../../simulation/index.ts"
import { makePayload } from "./Commands.ts"
import { isUp } from "./World.ts"
import type { Place, World } from "./World.ts"

/** Somebody who takes requests: often the leader. */
const somebody = ({ history }: World, random: Prng): Place | undefined => {
  const up = history.nodes.filter((place): place is Place => place !== undefined && isUp(place))
  if (up.length === 0) return undefined
  const leaders = up.filter(({ node }) => node?.state().lead !== undefined)
  return leaders.length > 0 && random.chance(60) ? random.pick(leaders) : random.pick(up)
}

const deadlineOf = (place: Place, random: Prng): number => (place.node?.now() ?? 0) + random.pick([30, 300, 2000])

/** Proposes new commands at a node. */
export const proposeAt = (world: World, place: Place, count: number, length: number, deadline: number): void => {
  const { operations } = world
  if (!isUp(place)) return
  const commands: Array<Command> = []
  for (let at = 0; at < count; at++) {
    commands.push({ session: 0, sequence: 0, payload: makePayload(operations.number(false), length) })
  }
  const { id } = operations.begin({
    node: place.id,
    kind: "Propose",
    commands,
    deadline,
    client: undefined,
    ended: undefined
  })
  place.node?.feed({ _tag: "Propose", id, commands, deadline })
}

const propose = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  if (place === undefined) return
  proposeAt(world, place, 1 + random.below(3), 4 + random.below(8), deadlineOf(place, random))
}

const burst = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  if (place === undefined) return
  const deadline = deadlineOf(place, random)
  for (let count = 5 + random.below(15); count > 0; count--) proposeAt(world, place, 1, 8, deadline)
}

const read = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  if (place === undefined) return
  const deadline = deadlineOf(place, random)
  const { id } = world.operations.begin({
    node: place.id,
    kind: "Read",
    commands: [],
    deadline,
    client: undefined,
    ended: undefined
  })
  place.node?.feed({ _tag: "Read", id, deadline })
}

/** What clients do from time to time. */
export const makeWorkload = (world: World): ReadonlyArray<Move> => [
  { name: "propose", weight: 10, run: (random) => propose(world, random) },
  { name: "burst", weight: 2, run: (random) => burst(world, random) },
  { name: "read", weight: 5, run: (random) => read(world, random) }
]
