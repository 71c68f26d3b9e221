import { chainDefaults, genesis, isAfter } from "../../chain/index.ts"
import type { ChainInput, ChainOutput, ChainState, Configuration, Durable, Member, NodeId } from "../../chain/index.ts"
import type { FaultKind, Life, NemesisDisk, PlannedFault, Simulation } from "../../simulation/index.ts"
import { ByteDisk } from "./ByteDisk.ts"
import { memberIn } from "./Decides.ts"
import { ModelDisk } from "./ModelDisk.ts"
import type { NodeDisk } from "./NodeDisk.ts"
import { Replica } from "./Replica.ts"
import { RequestNumbers } from "./RequestNumbers.ts"
import type { Envelope } from "./Envelope.ts"
import { nameOf, newMember } from "./Place.ts"
import { leadersOf } from "./World.ts"
import type { LooseSettings, Place } from "./Place.ts"
import type { World } from "./World.ts"

/** Who belongs to the cluster when it begins. */
export const foundingMembers = ({ knob }: Simulation): ReadonlyArray<Member> => {
  const nodes = knob("nodes")
  const witnesses = Math.min(knob("witnesses"), Math.ceil(nodes / 2) - 1)
  const members: Array<Member> = []
  for (let id = 1; id <= nodes; id++) {
    members.push(newMember(id, id > nodes - witnesses ? "Witness" : "Voter", knob("priorities") === 0 ? 0 : id % 3))
  }
  for (let at = 1; at <= knob("learners"); at++) members.push(newMember(nodes + at, "Learner", 0))
  return members
}

const settingsOf = ({ knob }: Simulation, id: NodeId): LooseSettings => ({
  id,
  electionMs: knob("electionMs"),
  spreadMs: knob("spreadMs"),
  heartbeatMs: knob("heartbeatMs"),
  maxBlockBytes: knob("blockBytes"),
  maxBlockCommands: knob("blockCommands"),
  windowBlocks: knob("windowBlocks"),
  windowBytes: knob("windowBytes"),
  maxUncommittedBytes: knob("uncommittedBytes"),
  snapshotBytes: knob("snapshotBytes"),
  keepBlocks: knob("keepBlocks"),
  chunkBytes: knob("chunkBytes"),
  catchUpRounds: chainDefaults.catchUpRounds,
  ...(knob("lease") === 0 ? {} : { leaseDriftPercent: knob("lease") })
})

/** Begins all nodes: the members, and spare ones that know of no cluster yet. */
export const beginNodes = (world: World, members: ReadonlyArray<Member>): void => {
  const { knob } = world.simulation
  for (const { id } of members) begin(world, id, { members })
  for (let at = 1; at <= knob("spares"); at++) begin(world, members.length + at, { members: [] })
}

const begin = (world: World, id: NodeId, initial: Configuration): void => {
  const { history, module, places, simulation } = world
  const disk = diskFor(world, id)
  const settings = settingsOf(simulation, id)
  const name = nameOf(id)
  const place: Place = {
    id,
    name,
    disk,
    settings,
    initial,
    incarnation: 1000 * id,
    trouble: undefined,
    lost: false,
    wasWitness: false,
    heard: undefined,
    numbers: new RequestNumbers(),
    former: undefined,
    node: undefined
  }
  const random = simulation.random(`seeds ${id}`)
  history.nodes[id] = place
  places.push(place)
  place.node = simulation.node<ChainState, ChainInput, ChainOutput, Envelope>({
    name,
    codec: world.codec,
    boot: () => {
      const durable = disk.open(place.incarnation, initial)
      if (typeof durable === "string") return refusing(world, place, durable)
      place.trouble = undefined
      return new Replica(world, place, module.start(settings, durable, random.below(2 ** 32))).life()
    },
    crashed: () => world.operations.lost(id)
  })
}

const diskFor = ({ module, simulation }: World, id: NodeId): NodeDisk => {
  const { chance, knob } = simulation
  const random = simulation.random(`disk ${id}`)
  if (knob("bytes") === 0) return new ModelDisk(random, knob("lazy") === 0)
  const tears = (): boolean => chance(`torn write ${id}`, 10 * knob("crash"))
  return new ByteDisk(module, { id, random, segmentBytes: knob("lazy") === 0 ? 400 : 4000, tears })
}

/** A node that does not start, because its disk is not what it was, or has no room. */
const refusing = (world: World, place: Place, why: string): Life<ChainState, ChainInput, ChainOutput, Envelope> => {
  const { module, simulation } = world
  const { disk, id, initial, settings } = place
  if (!disk.spoilt && !disk.ailing) {
    simulation.fail("S6 durability", `Node ${id} finds its disk other than it was left, and nothing was spoilt: ${why}`)
  }
  if (disk.spoilt) {
    place.lost = true
    simulation.mark(why.startsWith("lost") ? "damage to the last write taken for a torn one" : "damaged disk refused")
  }
  place.trouble = why
  world.troubles++
  const nothing: Durable = { incarnation: 0, initial, term: 0, vote: 0, commit: genesis, blocks: [] }
  return {
    machine: { step: (state) => [state, []], wakeAt: () => undefined },
    state: module.start(settings, nothing, 0),
    tick: (now) => ({ _tag: "Tick", now }),
    perform: () => ({ _tag: "Nothing" })
  }
}

const crashes: ReadonlyArray<FaultKind> = ["crash", "crash the leader", "crash at an effect", "crash at an output"]
const cuts: ReadonlyArray<FaultKind> = ["halves", "one way", "isolate", "bridge", "ring"]
const links: ReadonlyArray<FaultKind> = ["swizzle", "slow", "loss", "duplicate", "reorder"]
const disks: ReadonlyArray<FaultKind> = ["sync fails", "disk full", "wipe", "rot", "misdirect"]

/**
 * What happens to nodes, links, disks and clocks: all of it, or a few kinds the more often.
 *
 * **Details**
 *
 * A lease is safe only while clocks do not jump; and only disks of bytes can rot.
 */
const kindsOf = ({ knob }: Simulation): ReadonlyArray<FaultKind> => {
  const clocks: ReadonlyArray<FaultKind> =
    knob("lease") === 0 ? ["pause", "clock drift", "clock step"] : ["pause", "clock drift"]
  const focus = [
    [...crashes, ...cuts, ...links, ...clocks],
    [...crashes],
    [...cuts, ...links],
    ["crash" as const, ...disks],
    [...clocks, "isolate" as const, "slow" as const]
  ]
  const kinds = focus[knob("focus")] ?? []
  return knob("bytes") === 0
    ? kinds.filter((kind) => kind !== "rot" && kind !== "misdirect")
    : [...kinds, "rot", "misdirect"]
}

/** Whether clocks may be set forward and back. */
export const clocksStep = (simulation: Simulation): boolean => kindsOf(simulation).includes("clock step")

/** Lets faults happen, but none that the protocol does not promise to survive. */
export const beginFaults = (world: World): void => {
  const { places, simulation } = world
  const { knob } = simulation
  simulation.nemesis({
    nodes: places.map(({ name }) => name),
    kinds: kindsOf(simulation),
    gapMs: knob("faultGapMs"),
    downMs: knob("downMs"),
    lastMs: knob("lastMs"),
    driftPerMille: knob("driftPerMille"),
    leader: () => leadersOf(world)[0]?.name,
    disks: Object.fromEntries(places.map((place) => [place.name, diskOf(place)])),
    allows: (fault) => survives(world, fault)
  })
}

const diskOf = (place: Place): NemesisDisk => ({
  crash: (kind) => place.disk.crash(kind),
  failNextSync: () => place.disk.failNextSync(),
  full: (on) => place.disk.full(on),
  rot: (random) => place.disk.spoil("rot", random),
  misdirect: (random) => place.disk.spoil("misdirect", random),
  wipe: () => {
    place.former = place.disk.kept
    place.disk.wipe()
    place.incarnation++
    place.lost = true
    place.heard = undefined
  }
})

const survives = (world: World, fault: PlannedFault): boolean => {
  if (fault.kind !== "wipe" && fault.kind !== "rot" && fault.kind !== "misdirect") return true
  const place = world.places.find(({ name }) => name === fault.node)
  return place !== undefined && mayForget(world, place)
}

/**
 * Whether a node may forget everything: the cluster knows it by its incarnation, wherever somebody could lead, and no
 * more are lost than a majority can lack.
 */
const mayForget = (world: World, place: Place): boolean => {
  const { history, places } = world
  const committed = history.configurationAt(history.committedAt(history.top))
  const member = committed === undefined ? undefined : memberIn(committed, place.id)
  if (isGone(place) || member?.incarnation !== place.incarnation || committed?.outgoing !== undefined) return false
  for (const each of places) {
    const known = durableConfiguration(world, each)
    if (known === undefined || known.outgoing !== undefined) return false
    const there = memberIn(known, place.id)
    if (there !== undefined && there.incarnation !== place.incarnation) return false
    const voters = known.members.filter(({ role }) => role !== "Learner")
    const gone = voters.filter(({ id }) => id === place.id || isGone(history.nodes[id]))
    if (voters.length > 0 && gone.length > Math.floor((voters.length - 1) / 2)) return false
  }
  return true
}

const isGone = (place: Place | undefined): boolean => place?.lost === true || place?.disk.spoilt === true

/** The configuration that a node starts with after a crash. */
const durableConfiguration = ({ history }: World, { disk, initial }: Place): Configuration | undefined => {
  const { blocks, snapshot } = disk.kept
  let greatest = snapshot?.name.block
  for (const { id } of blocks) if (greatest === undefined || isAfter(id, greatest)) greatest = id
  return greatest === undefined ? initial : history.configurationAt(greatest)
}
