import type { Prng } from "../../simulation/index.ts"
import type { GroupWorld } from "./GroupWorld.ts"
import { commitBody, fetchBody } from "./SimulatedClient.ts"

/** Commits as somebody does who is in no group. */
export const commitAlone = (world: GroupWorld, random: Prng): void => {
  const nobody = { memberId: "", generation: -1, instance: null }
  const partition = random.below(world.partitions)
  world.network.send({
    client: "stranger",
    lane: "only",
    name: "OffsetCommit",
    version: 8,
    body: commitBody(world, nobody, [partition]),
    timeoutMs: 500,
    ended: () => undefined
  })
}

/** Asks how far everything is committed. */
export const look = (world: GroupWorld): void => {
  const partitions = Array.from({ length: world.partitions }, (_, partition) => partition)
  world.network.send({
    client: "stranger",
    lane: "looks",
    name: "OffsetFetch",
    version: 8,
    body: fetchBody(partitions),
    timeoutMs: 500,
    ended: () => undefined
  })
}
