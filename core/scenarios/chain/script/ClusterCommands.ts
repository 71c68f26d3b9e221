import { genesis } from "../../../chain/index.ts"
import type { ChainSettings, Configuration, NodeId } from "../../../chain/index.ts"
import { idOf, idsOf, membersOf, nodeOf, numberOf, type Words, wordsOf } from "./Arguments.ts"
import { note, recoverSessions, tell } from "./Feed.ts"
import { texts } from "./Texts.ts"
import { settingNames } from "./Settings.ts"
import { doWork, workKinds } from "./Work.ts"
import { emptyDisk, makeNode, reject, type ScriptNode, type World } from "./World.ts"

const settingsOf = (world: World, named: Words["named"]): Partial<ChainSettings> => {
  const settings: Partial<Record<(typeof settingNames)[number], number>> = {}
  for (const [key, value] of named) {
    const name = settingNames.find((each) => each === key)
    if (name !== undefined) settings[name] = numberOf(world, value, key)
  }
  return settings
}

/** Starts a node from what is on its disk; another seed at each start. */
const startNode = (world: World, node: ScriptNode, seed = 10 * node.id + node.lives + 1): void => {
  const { disk, settings } = node
  node.lives++
  node.told = -1
  node.stopped = false
  node.role = ""
  node.members = ""
  node.sessions = recoverSessions(world, node)
  node.applied = disk.durable.snapshot?.block ?? genesis
  node.asked = { term: disk.durable.term, vote: disk.durable.vote, commit: disk.durable.commit }
  node.state = world.machine.start(settings, disk.durable, seed)
  tell(world, node)
}

/** `cluster 3 [learner=n4] [witness=n5] [priority=n1:2] [setting=value]`: nodes that know each other, and start. */
export const cluster = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const first = plain[0] ?? ""
  const counted = /^\d+$/.test(first)
  const voters = counted ? Array.from({ length: Number(first) }, (_, at) => at + 1) : idsOf(world, first)
  const members = membersOf(world, voters, named, 1)
  for (const { id } of members) world.nodes.set(id, makeNode(id, { members }, settingsOf(world, named), 1))
  for (const node of world.nodes.values()) startNode(world, node)
}

/**
 * `join n4 [members=n4,n5] [down=1] [setting=value]`: a node with an empty disk that belongs to no cluster yet, or
 * believes so. It starts, unless it is `down`.
 */
export const join = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const id = idOf(world, plain[0])
  const [first] = world.nodes.values()
  const node = makeNode(id, beliefOf(world, named), { ...first?.settings, ...settingsOf(world, named) }, 1)
  if (first !== undefined) node.clock = first.clock
  world.nodes.set(id, node)
  if (!named.has("down")) startNode(world, node)
}

/** What genesis stands for on a node; `unknown=1` where nobody has heard of the members yet. */
const beliefOf = (world: World, named: Words["named"]): Configuration => {
  const voters: ReadonlyArray<NodeId> = idsOf(world, named.get("members") ?? "")
  return { members: membersOf(world, voters, named, named.has("unknown") ? 0 : 1) }
}

/** `settings n1 [setting=value]`: a node goes by other settings from now on. */
export const settings = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  Object.assign(nodeOf(world, plain[0]).settings, settingsOf(world, named))
}

/**
 * `crash n1 n2 [kept=2] [take|install]`: nodes are gone, with all writes that were not done, but for the first `kept`, and
 * a snapshot that was taken, or has its place, without a word to the node.
 */
export const crash = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const kept = named.has("kept") ? numberOf(world, named.get("kept"), "kept") : 0
  const size = named.has("size") ? numberOf(world, named.get("size"), "size") : undefined
  const kind = workKinds[plain.at(-1) ?? ""]
  for (const word of kind === undefined ? plain : plain.slice(0, -1)) {
    const node = nodeOf(world, word)
    if (node.state === undefined) reject(world, `n${node.id} is down`)
    const writes = node.work.filter(({ _tag }) => _tag === "Persist").slice(0, kept)
    const other = kind === undefined ? undefined : node.work.find(({ _tag }) => _tag === kind)
    const left = other === undefined ? writes : [...writes, other]
    for (const work of left) doWork(world, node, work, size)
    loseNode(world, node, node.work.length - left.length)
  }
}

const loseNode = (world: World, node: ScriptNode, lost: number): void => {
  node.work = []
  node.frozen = []
  node.state = undefined
  note(world, node, lost === 0 ? "down" : `down, ${lost} unfinished write${lost === 1 ? "" : "s"} lost`, false)
}

/** `restart n1 n2 [seed=7] [at=1234]`: nodes start from what is on their disks, at this time of their clocks. */
export const restart = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  for (const word of plain) {
    const node = nodeOf(world, word)
    if (node.state !== undefined && !node.stopped) reject(world, `n${node.id} is not down`)
    node.work = []
    node.frozen = []
    if (named.has("at")) node.clock = numberOf(world, named.get("at"), "at")
    startNode(world, node, named.has("seed") ? numberOf(world, named.get("seed"), "seed") : undefined)
  }
}

/** `wipe n1 [members=n1,n2,n3]`: the disk of a node that is down is empty now, and has another incarnation. */
export const wipe = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  if (node.state !== undefined && !node.stopped) reject(world, "it is not down")
  node.state = undefined
  const { disk } = node
  disk.durable = emptyDisk(beliefOf(world, named), disk.durable.incarnation + 1)
  disk.snapshot = new Uint8Array(0)
  disk.aside = new Uint8Array(0)
  node.sessions = world.machine.makeSessions(texts)
  note(world, node, `its disk is empty, its incarnation is ${disk.durable.incarnation}`, false)
}
