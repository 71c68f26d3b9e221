import { broker, startBroker } from "../../../core/broker/index.ts"
import { groupMember } from "../../../core/client/index.ts"
import type { Move, Report, TraceEvent } from "../driver/index.ts"
import type { Scenario } from "../Scenario.ts"
import { startCooperative } from "./CooperativeClient.ts"
import { GroupWorld } from "./GroupWorld.ts"
import type { Subjects } from "./GroupWorld.ts"
import { startPlain } from "./PlainClient.ts"
import { commitBody, fetchBody } from "./SimulatedClient.ts"
import type { SimulatedClient } from "./SimulatedClient.ts"

const moves = 34
const most = 6

/** When no fault happens any more, a group is at rest within this time, in milliseconds: every old session and wait ends, and the last rebalance. */
const restMs = 12_000
/** As long as a group at rest is looked at. */
const quietMs = 3000

const instances: ReadonlyArray<string> = ["x", "y"]

/** The processes that are members or want to be, and what is asked beside them. */
class Clients {
  all: Array<SimulatedClient> = []
  private readonly world: GroupWorld
  private started = 0

  constructor(world: GroupWorld) {
    this.world = world
  }

  get alive(): ReadonlyArray<SimulatedClient> {
    this.all = this.all.filter((one) => one.alive())
    return this.all
  }

  /** Starts a process; a static one also beside another of its name that stands still. */
  start(again?: string): void {
    const { alive, world } = this
    const random = world.simulation.random("starts")
    if (alive.length >= most) return
    if (again !== undefined) {
      this.all.push(startPlain(world, `client ${++this.started}`, again))
      return
    }
    const name = `client ${++this.started}`
    if (random.chance(world.cooperative)) {
      this.all.push(startCooperative(world, name))
      return
    }
    const instance = random.chance(40) ? random.pick(instances) : null
    const holder = alive.find((one) => one.instance !== null && one.instance === instance)
    if (holder !== undefined && holder.stalledUntil() === 0) return
    this.all.push(startPlain(world, name, instance))
  }

  pick(act: (client: SimulatedClient) => void): void {
    const { alive } = this
    if (alive.length > 0) act(this.world.simulation.random("picks").pick(alive))
  }
}

/** Commits as somebody does who is in no group. */
const commitAlone = (world: GroupWorld): void => {
  const nobody = { memberId: "", generation: -1, instance: null }
  const partition = world.simulation.random("partitions").below(world.partitions)
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
const look = (world: GroupWorld): void => {
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

/** Fails where a partition has two owners although nothing excuses it. */
const checkOwners = (world: GroupWorld, clients: Clients): void => {
  const { brokerSince, gentle, sessionMs, simulation } = world
  if (!gentle || world.isDown || simulation.now() < brokerSince + 2 * sessionMs) return
  const owners = new Map<number, string>()
  for (const client of clients.alive) {
    for (const partition of client.owned()) {
      const other = owners.get(partition)
      if (other !== undefined) simulation.fail(`Partition ${partition} belongs to ${other} and to ${client.name}`)
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
const rest = (world: GroupWorld, clients: Clients): void => {
  const { sessionMs, simulation } = world
  const since = simulation.now()
  const late = (what: string): void => {
    if (simulation.now() - since > restMs)
      simulation.fail(`It has not come about within ${restMs} ms that ${what}\n${describe(world, clients)}`)
  }
  for (const letGo of world.letGo) letGo()
  let changedAt = since
  let last = world.group()
  // An answer that is still late may cost a session.
  simulation.settle("the group is at rest", () => {
    world.restart()
    checkOwners(world, clients)
    late("the group is at rest")
    const group = world.group()
    if (group?.generation !== last?.generation || group?.phase !== last?.phase) changedAt = simulation.now()
    last = group
    const isQuiet = clients.alive.length === 0 || simulation.now() >= changedAt + 2 * sessionMs
    return isQuiet && isAtRest(world, clients)
  })
  const { alive } = clients
  const generation = world.group()?.generation
  const owned = alive.map((client) => client.owned().join())
  const from = simulation.now()
  look(world)
  simulation.settle("time has passed", () => alive.length === 0 || simulation.now() > from + quietMs)
  if (world.group()?.generation !== generation)
    simulation.fail(`A group at rest has begun generation ${world.group()?.generation} after ${generation}`)
  const after = clients.alive.map((client) => client.owned().join())
  if (after.join(";") !== owned.join(";"))
    simulation.fail(`A group at rest has moved partitions from ${owned.join(";")} to ${after.join(";")}`)
  const parts = owned.flatMap((list) => list.split(",")).filter((one) => one !== "")
  if (new Set(parts).size !== parts.length)
    simulation.fail(`A group at rest has partitions with two owners: ${owned.join(";")}`)
  simulation.mark("a group came to rest")
}

/**
 * Runs a broker and the members of one group from a seed, and throws where somebody is told what must not be told, where
 * a committed offset is lost, or where the group does not come to rest.
 */
export const simulateGroups = (seed: number, subjects: Subjects, watch?: (event: TraceEvent) => void): Report => {
  const world = new GroupWorld(seed, subjects, watch)
  const { gentle, model, sessionMs, simulation } = world
  const clients = new Clients(world)
  const random = simulation.random("setup")
  const stalls = gentle ? 0 : random.pick([0, 30, 90])
  const crashes = random.pick([0, 30, 90])
  const brokerCrashes = random.pick([0, 50])
  const doing = (run: () => void) => () => {
    world.restart()
    model.checkWaits()
    if (random.chance(25)) world.letGo.shift()?.()
    checkOwners(world, clients)
    run()
  }
  const workload: ReadonlyArray<Move> = [
    { name: "start", weight: 12, run: doing(() => clients.start()) },
    { name: "commit", weight: 30, run: doing(() => clients.pick((client) => client.commit())) },
    { name: "commit alone", weight: 2, run: doing(() => commitAlone(world)) },
    { name: "look", weight: 8, run: doing(() => look(world)) },
    { name: "leave", weight: 3, run: doing(() => clients.pick((client) => client.leave())) },
    {
      name: "crash",
      weight: 4,
      run: doing(() => {
        if (!simulation.fault("crash a client", crashes)) return
        clients.pick((client) => {
          client.crash()
          if (client.instance !== null && random.chance(70)) clients.start(client.instance)
        })
      })
    },
    {
      name: "stall",
      weight: 5,
      run: doing(() => {
        const ms = random.pick([sessionMs / 2, sessionMs + 200, 2 * sessionMs])
        if (!simulation.fault("a client stands still", stalls)) return
        clients.pick((client) => {
          client.stall(ms)
          if (client.instance !== null && random.chance(50)) clients.start(client.instance)
        })
      })
    },
    { name: "count", weight: 2, run: doing(() => void (world.counted = world.partitions)) },
    {
      name: "crash the broker",
      weight: 2,
      run: doing(() => {
        if (simulation.fault("crash the broker", brokerCrashes)) world.crash()
      })
    }
  ]
  clients.start()
  simulation.run(moves, workload)
  rest(world, clients)
  return simulation.report()
}

/** The machines of this package. */
export const realSubjects: Subjects = { start: startBroker, broker: () => broker, member: () => groupMember }

/** One group with its members, on a broker that ends at times. */
export const groups: Scenario = {
  seeds: 2000,
  marks: {
    "a group came to rest": 2000,
    "a commit was accepted": 10_000,
    "a commit without a group was accepted": 150,
    "a committed offset was fetched": 10_000,
    "a commit of somebody who is out was refused": 500,
    "a commit was refused: FENCED_INSTANCE_ID": 20,
    "a commit was refused: ILLEGAL_GENERATION": 200,
    "a commit was refused: NOT_COORDINATOR": 40,
    "a commit was refused: REBALANCE_IN_PROGRESS": 150,
    "a commit was refused: UNKNOWN_MEMBER_ID": 800,
    "a heartbeat was refused: FENCED_INSTANCE_ID": 15,
    "a heartbeat was refused: UNKNOWN_MEMBER_ID": 400,
    "a join was refused: FENCED_INSTANCE_ID": 30,
    "a join was refused: GROUP_MAX_SIZE_REACHED": 400,
    "a join was refused: INCONSISTENT_GROUP_PROTOCOL": 60,
    "a join was refused: REBALANCE_IN_PROGRESS": 50,
    "a join was refused: UNKNOWN_MEMBER_ID": 600,
    "a sync was refused: REBALANCE_IN_PROGRESS": 800,
    "a sync was refused: UNKNOWN_MEMBER_ID": 120,
    "a member was gone before its share was told": 100,
    "a follower left a group that prepares a rebalance": 50,
    "a leader left": 100,
    "a leader left a group that prepares a rebalance": 50,
    "another member leads": 1500,
    "a static member came back": 40,
    "a cooperative member led": 2000,
    "a plain member led": 2000,
    "a cooperative member was told: Lost": 200,
    "a cooperative member was told: Revoked": 500,
    "a client stands still": 400,
    "a request was lost": 500,
    "an answer was lost": 500,
    "a machine ended": 150,
    "a process ended": 150,
    crash: 200,
    "time out": 40,
    repeat: 500,
    delay: 2000
  },
  run: (seed, watch) => simulateGroups(seed, realSubjects, watch)
}
