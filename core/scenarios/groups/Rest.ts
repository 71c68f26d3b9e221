import type { Clients } from "./Clients.ts"
import { look } from "./Asking.ts"
import { broken } from "./GroupPromises.ts"
import type { GroupWorld } from "./GroupWorld.ts"

/** When no fault happens any more, a group is at rest within this time, in milliseconds: every old session and wait ends, and the last rebalance. */
const restMs = 12_000
/** As long as a group at rest is looked at. */
const quietMs = 3000

/** Fails where a partition has two owners although nothing excuses it. */
export const checkOwners = (world: GroupWorld, clients: Clients): void => {
  const { brokerSince, gentle, sessionMs, simulation } = world
  if (!gentle || world.isDown || simulation.now() < brokerSince + 2 * sessionMs) return
  const owners = new Map<number, string>()
  for (const client of clients.alive) {
    for (const partition of client.owned()) {
      const other = owners.get(partition)
      if (other !== undefined)
        simulation.fail(broken.owners, `Partition ${partition} belongs to ${other} and to ${client.name}`)
      owners.set(partition, client.name)
    }
  }
}

/** Whether all that live are in a stable group, and nobody else is. */
const isAtRest = (world: GroupWorld, { alive }: Clients): boolean => {
  const group = world.group()
  if (world.isDown || world.model.open > 0 || !world.network.idle()) return false
  if (alive.length === 0) return group === undefined
  if (group?.phase !== "Stable" || group.members.size !== alive.length || group.pending.size > 0) return false
  for (const client of alive) {
    const settled = client.settled()
    if (client.stalledUntil() > 0 || settled?.generation !== group.generation || !group.members.has(settled.memberId))
      return false
  }
  const shares = alive.map((client) => client.owned().length)
  // Plain members share out as they like.
  const isEven = world.cooperative < 100 || Math.max(...shares) - Math.min(...shares) <= 1
  return isEven && shares.reduce((sum, share) => sum + share, 0) === world.counted
}

/** Who is where, for people. */
const describe = (world: GroupWorld, { alive }: Clients): string => {
  const group = world.group()
  const lines = alive.map((client) => {
    const { generation = -1, memberId = "unsettled" } = client.settled() ?? {}
    return `${client.name} ${memberId} of generation ${generation} has ${client.owned().join()}`
  })
  const members = [...(group?.members.keys() ?? [])].join()
  const coordinator = `${group?.phase} ${group?.generation} led by ${group?.leader}: ${members}`
  return [
    `${world.model.open} requests are open, ${world.network.idle() ? "none" : "some"} on their way`,
    coordinator,
    ...lines
  ].join("\n")
}

/** Lets a group come to rest without faults, and fails where it does not stay there. */
export const rest = (world: GroupWorld, clients: Clients): void => {
  const { sessionMs, simulation } = world
  const since = simulation.now()
  const late = (what: string): void => {
    if (simulation.now() - since > restMs)
      simulation.fail(
        broken.rest,
        `It has not come about within ${restMs} ms that ${what}\n${describe(world, clients)}`
      )
  }
  for (const letGo of world.letGo) letGo()
  world.network.mend()
  let changedAt = since
  let last = world.group()
  // An answer that is still late may cost a session.
  simulation.settle(
    "the group is at rest",
    () => {
      world.restart()
      late("the group is at rest")
      const group = world.group()
      if (group?.generation !== last?.generation || group?.phase !== last?.phase) changedAt = simulation.now()
      last = group
      const isQuiet = clients.alive.length === 0 || simulation.now() >= changedAt + 2 * sessionMs
      return isQuiet && isAtRest(world, clients)
    },
    { withinMs: restMs + 1000 }
  )
  const generation = world.group()?.generation
  const owned = clients.alive.map((client) => client.owned().join())
  look(world)
  simulation.pass(quietMs)
  if (world.group()?.generation !== generation)
    simulation.fail(
      broken.rest,
      `A group at rest has begun generation ${world.group()?.generation} after ${generation}`
    )
  const after = clients.alive.map((client) => client.owned().join())
  if (after.join(";") !== owned.join(";"))
    simulation.fail(broken.rest, `A group at rest has moved partitions from ${owned.join(";")} to ${after.join(";")}`)
  const parts = owned.flatMap((list) => list.split(",")).filter((one) => one !== "")
  if (new Set(parts).size !== parts.length)
    simulation.fail(broken.owners, `A group at rest has partitions with two owners: ${owned.join(";")}`)
  simulation.mark("a group came to rest")
}
