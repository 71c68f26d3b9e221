import { openSession } from "../../chain/index.ts"
import type { ChainInput, Command, Member } from "../../chain/index.ts"
import type { Move, Prng } from "../../simulation/index.ts"
import { makePayload } from "./Commands.ts"
import type { Client, Operation } from "./Operations.ts"
import { isUp, newMember } from "./Place.ts"
import { leadersOf, repair } from "./World.ts"
import type { Place } from "./Place.ts"
import type { World } from "./World.ts"

type Request = ChainInput & { readonly _tag: "Propose" | "Read" | "ChangeMembers" | "Transfer" }
type Ended = Operation["ended"]

/** Asks a node for something, and takes note of it. */
const ask = (
  { operations }: World,
  place: Place,
  operation: Pick<Operation, "kind" | "commands" | "deadline"> & {
    readonly members?: Operation["members"]
    readonly client?: Client
    readonly ended?: Ended
  },
  input: (id: number) => Request
): void => {
  if (!isUp(place)) return
  const leads = place.node?.state().lead !== undefined
  const { client, commands, deadline, ended, kind, members } = operation
  const forwarded = !leads
  const { id } = operations.begin({ node: place.id, kind, commands, deadline, members, forwarded, client, ended })
  place.node?.feed(input(id))
}

/** Proposes new commands at a node. */
export const proposeAt = (
  world: World,
  place: Place,
  count: number,
  length: number,
  deadline: number,
  ended?: Ended
): void => {
  if (!isUp(place)) return
  const command = (): Command => ({
    session: 0,
    sequence: 0,
    payload: makePayload(world.operations.number(false), length)
  })
  // An array that grows has room for many more.
  const commands = [command()]
  for (let at = 1; at < count; at++) commands.push(command())
  ask(world, place, { kind: "Propose", commands, deadline, ended }, (id) => ({
    _tag: "Propose",
    id,
    commands,
    deadline
  }))
}

/** Asks a node, which has to lead, for other members. */
export const changeAt = (
  world: World,
  place: Place,
  members: ReadonlyArray<Member>,
  deadline: number,
  ended?: Ended
): void =>
  ask(world, place, { kind: "Change", commands: [], deadline, members, ended }, (id) => ({
    _tag: "ChangeMembers",
    id,
    members,
    deadline
  }))

/** Asks a node, which has to lead, to let another one lead. */
export const transferAt = (world: World, place: Place, to: number, deadline: number, ended?: Ended): void =>
  ask(world, place, { kind: "Transfer", commands: [], deadline, ended }, (id) => ({
    _tag: "Transfer",
    id,
    to,
    deadline
  }))

/** Asks a node for what is committed by now. */
export const readAt = (world: World, place: Place, deadline: number, ended?: Ended): void =>
  ask(world, place, { kind: "Read", commands: [], deadline, ended }, (id) => ({ _tag: "Read", id, deadline }))

/** Somebody who takes requests: often a leader. */
const somebody = (world: World, random: Prng): Place | undefined => {
  const up = world.places.filter(isUp)
  if (up.length === 0) return undefined
  const leaders = leadersOf(world)
  return random.chance(60) && leaders.length > 0 ? random.pick(leaders) : random.pick(up)
}

const deadlineOf = (place: Place, random: Prng): number => (place.node?.now() ?? 0) + random.pick([30, 300, 2000])

const propose = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  if (place === undefined) return
  const deadline = deadlineOf(place, random)
  proposeAt(world, place, 1 + random.below(3), 4 + random.below(8), deadline, lookingElsewhere(world, place))
}

/** Who was told of a write asks others who believe that they lead: they must have it too, or know better. */
const lookingElsewhere =
  (world: World, by: Place): Ended =>
  (how) => {
    if (how !== "done") return
    for (const place of world.places) {
      if (place === by || !isUp(place) || place.node?.state().lead === undefined) continue
      readAt(world, place, place.node.now() + 300)
    }
  }

/** Many proposals at once, at one node or at all. */
const burst = (world: World, random: Prng): void => {
  const spread = random.chance(30)
  let place = somebody(world, random)
  for (let count = 5 + random.below(15); count > 0 && place !== undefined; count--) {
    proposeAt(world, place, 1, 8, deadlineOf(place, random), lookingElsewhere(world, place))
    if (spread) place = somebody(world, random)
  }
}

const read = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  if (place === undefined) return
  readAt(world, place, deadlineOf(place, random))
}

/** A client with a session asks for the next thing, or again for the same, perhaps at another node. */
const converse = (world: World, random: Prng): void => {
  const place = somebody(world, random)
  const client = random.pick(world.operations.clients)
  if (place === undefined) return
  const deadline = deadlineOf(place, random)
  if (client.before !== undefined && random.chance(30)) comesLate(world, place, client.before, deadline)
  askFor(world, place, client, deadline, random.below(6))
}

/** A command that was asked for more than once, and answered, comes once more. */
const comesLate = (world: World, place: Place, command: Command, deadline: number): void => {
  const commands = [command]
  ask(world, place, { kind: "Propose", commands, deadline }, (id) => ({ _tag: "Propose", id, commands, deadline }))
}

/** Asks, and goes on at once at the next node `more` times. */
const askFor = (world: World, place: Place, client: Client, deadline: number, more: number): void => {
  const { operations, places, simulation } = world
  if (client.waiting || !isUp(place)) return
  if (client.asks === undefined) {
    client.asks =
      client.session === 0
        ? openSession
        : { session: client.session, sequence: ++client.sequence, payload: makePayload(operations.number(true), 6) }
  } else simulation.mark("asked again")
  client.waiting = true
  const commands = [client.asks]
  const ended = (): void => {
    const next = places[(places.indexOf(place) + 1) % places.length]
    if (next !== undefined && more > 0) askFor(world, next, client, (next.node?.now() ?? 0) + 30, more - 1)
  }
  ask(world, place, { kind: "Propose", commands, deadline, client, ended }, (id) => ({
    _tag: "Propose",
    id,
    commands,
    deadline
  }))
}

/** A leader is cut off, at times with another node or after it was told to hand over; and then finds out late that it leads no more. */
const strand = (world: World, random: Prng): void => {
  const { simulation, stranded } = world
  const [leader] = leadersOf(world)
  if (leader?.node === undefined) return
  const side = random.below(3)
  if (random.chance(40)) transfer(world, random)
  simulation.mark("leader cut off")
  stranded.id = leader.id
  stranded.mate = random.chance(40) ? random.pick(world.places).id : 0
  stranded.until = simulation.now() + Math.floor((simulation.knob("electionMs") * (1 + random.below(4))) / 2)
  stranded.deaf = side !== 1
  stranded.mute = side !== 2
}

/** The network repeats something that was sent long ago. */
const echo = ({ echoes, history, simulation }: World, random: Prng): void => {
  const heard = echoes.pick(random)
  const place = heard === undefined ? undefined : history.nodes[heard.to]
  if (heard === undefined || place === undefined || !isUp(place)) return
  simulation.mark("echo")
  const { incarnation, message } = heard.envelope
  place.node?.feed({ _tag: "Received", from: heard.from, incarnation, message })
}

/** Members as a person may want them: one more, one less, another role or priority; or without those who are lost. */
const change = (world: World, random: Prng): void => {
  const [leader] = leadersOf(world)
  if (leader?.node === undefined) return
  const { members } = leader.node.state().tree.head.configuration
  changeAt(world, leader, wish(world, members, random), leader.node.now() + random.pick([100, 1000, 3000]))
}

const wish = (world: World, members: ReadonlyArray<Member>, random: Prng): ReadonlyArray<Member> => {
  const lost = world.places.filter((place) => place.lost && members.some(({ id }) => id === place.id))
  const isSpare = ({ id, lost }: Place): boolean => !lost && members.every((member) => member.id !== id)
  const spare = world.places.filter(isSpare)
  const without = members.filter(({ id }) => lost.every((place) => place.id !== id))
  const added = spare.slice(0, 1 + random.below(spare.length)).map(({ id }) => newMember(id, "Voter", random.below(2)))
  const dropped = random.pick(members).id
  switch (random.below(lost.length > 0 ? 2 : world.simulation.knob("witnesses") > 0 ? 10 : 7)) {
    case 0:
      return without
    case 1:
      return [...without, ...added]
    case 2:
      return members.filter(({ id }) => id !== dropped)
    case 3:
      return [...members.filter(({ id }) => id !== dropped), ...added]
    case 4:
      return members.map((member) => (member.id === dropped ? { ...member, role: "Learner" } : member))
    case 5:
      return members.map((member) => (member.id === dropped ? { ...member, priority: random.below(3) } : member))
    case 7:
      return members.map((member) => (member.id === dropped ? { ...member, role: "Witness" } : member))
    case 8:
    case 9:
      return withFormerWitness(members, spare)
    default:
      return members.map((member) => (member.role === "Learner" ? { ...member, role: "Voter" } : member))
  }
}

/** Somebody who was a witness is to have the data; or the witnesses are to go, so that there are such. */
const withFormerWitness = (members: ReadonlyArray<Member>, spare: ReadonlyArray<Place>): ReadonlyArray<Member> => {
  const former = spare.find(({ wasWitness }) => wasWitness)
  return former === undefined
    ? members.filter(({ role }) => role !== "Witness")
    : [...members, newMember(former.id, "Voter", 0)]
}

const transfer = (world: World, random: Prng): void => {
  const [leader] = leadersOf(world)
  if (leader?.node === undefined) return
  const { members } = leader.node.state().tree.head.configuration
  transferAt(world, leader, random.pick(members).id, leader.node.now() + 1000)
}

/** A snapshot is asked for, at best of a node that is about to be given another one's. */
const snapshot = (world: World, random: Prng): void => {
  const given = world.places.find((place) => isUp(place) && place.node?.state().incoming !== undefined)
  const place = given ?? somebody(world, random)
  place?.node?.feed({ _tag: "TakeSnapshotNow" })
}

/** What clients and operators do from time to time; `churn`, `shots` and `sessions` are knobs. */
export const makeWorkload = (world: World): ReadonlyArray<Move> => {
  const { knob } = world.simulation
  const moves = [
    { name: "propose", weight: 10, run: (random: Prng) => propose(world, random) },
    { name: "burst", weight: 2, run: (random: Prng) => burst(world, random) },
    { name: "read", weight: 5, run: (random: Prng) => read(world, random) },
    { name: "client", weight: 2 * knob("clients"), run: (random: Prng) => converse(world, random) },
    { name: "members", weight: knob("churn"), run: (random: Prng) => change(world, random) },
    { name: "transfer", weight: knob("transfers"), run: (random: Prng) => transfer(world, random) },
    { name: "snapshot", weight: knob("snapshots"), run: (random: Prng) => snapshot(world, random) },
    { name: "strand", weight: knob("strands"), run: (random: Prng) => strand(world, random) },
    { name: "echo", weight: knob("echoes"), run: (random: Prng) => echo(world, random) },
    { name: "repair", weight: 1, run: () => repair(world) }
  ]
  return moves.filter(({ weight }) => weight > 0)
}
