import { nodeOf, numberOf } from "./Arguments.ts"
import { tell } from "./Feed.ts"
import { settle } from "./NetworkCommands.ts"
import { nodesOf, reject, type ScriptNode, type World } from "./World.ts"

/** How long it is until a node has something to do, by its own clock. */
const untilAlarm = (world: World, node: ScriptNode): number => {
  if (node.state === undefined) return Infinity
  const at = world.machine.chain.wakeAt(node.state)
  return at === undefined ? Infinity : Math.max(0, at - node.clock)
}

const live = (world: World, word: string | undefined): ScriptNode => {
  const node = nodeOf(world, word)
  return node.state === undefined ? reject(world, "it is down") : node
}

/** `tick n1 150`: the clock of one node moves on. */
export const tick = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  node.clock += numberOf(world, words[1], "a number of milliseconds")
  tell(world, node)
}

/** `at n1 1234`: the clock of one node shows this now. */
export const at = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  node.clock = numberOf(world, words[1], "a time")
  tell(world, node)
}

/** `wake n1 [2]`: the clock of one node moves on to its next alarm, so often. */
export const wake = (world: World, words: ReadonlyArray<string>): void => {
  const node = live(world, words[0])
  const times = words[1] === undefined ? 1 : numberOf(world, words[1], "a number of times")
  for (let count = 0; count < times; count++) wakeOnce(world, node)
}

const wakeOnce = (world: World, node: ScriptNode): number => {
  const wait = untilAlarm(world, node)
  if (wait === Infinity) return 0
  node.clock += wait
  // An alarm that is due at once is told although the clock stands.
  if (wait === 0) node.told = -1
  tell(world, node)
  return wait
}

const mostWakes = 100

/**
 * `campaign n1`: time passes until the node's election time-out, of all nodes first.
 *
 * **Details**
 *
 * The clocks of the others move on as far, but each stops just short of its own next alarm.
 */
export const campaign = (world: World, words: ReadonlyArray<string>): void => {
  const node = live(world, words[0])
  // How it came about before does not count: it is to stand now.
  const from = world.happenings.length
  let passed = 0
  for (let wakes = 0; wakes < mostWakes && !stands(world, node, from); wakes++) passed += wakeOnce(world, node)
  if (!stands(world, node, from)) reject(world, "it does not campaign")
  for (const other of nodesOf(world)) {
    if (other !== node) other.clock += Math.min(passed, Math.max(0, untilAlarm(world, other) - 1))
  }
}

/** Whether a node asked for votes since then, or leads. */
const stands = (world: World, node: ScriptNode, from: number): boolean => {
  for (let at = from; at < world.happenings.length; at++) {
    const each = world.happenings[at]
    if (each?._tag === "Send" && each.from === node.id && /^(Pre)?Vote /.test(each.text)) return true
    if (each?._tag === "Became" && each.node === node.id && /^(candidate|leader)/.test(each.role)) return true
  }
  return false
}

const hasLed = (world: World, node: ScriptNode, from: number): boolean =>
  world.happenings
    .slice(from)
    .some((each) => each._tag === "Became" && each.node === node.id && each.role.startsWith("leader"))

const mostAlarms = 5000

/** Time passes for all alike, from alarm to alarm, with `between` done after each. */
const pass = (world: World, ms: number, between: () => void): void => {
  let left = ms
  between()
  for (let alarms = 0; alarms < mostAlarms; alarms++) {
    let step = left
    for (const node of nodesOf(world)) step = Math.min(step, untilAlarm(world, node))
    const due = nodesOf(world).filter((node) => untilAlarm(world, node) <= step)
    left -= step
    for (const node of world.nodes.values()) node.clock += step
    for (const node of due) {
      if (step === 0) node.told = -1
      tell(world, node)
    }
    between()
    if (left === 0 && due.length === 0) return
  }
  world.happenings.push({ _tag: "Word", text: `VIOLATED L: no end after ${mostAlarms} alarms` })
}

/** `elapse 100`: time passes for all; disks and network stand still. */
export const elapse = (world: World, words: ReadonlyArray<string>): void =>
  pass(world, numberOf(world, words[0], "a number of milliseconds"), () => undefined)

/** `run 100`: time passes for all, with disks and a network that take none. */
export const run = (world: World, words: ReadonlyArray<string>): void =>
  pass(world, numberOf(world, words[0], "a number of milliseconds"), () => settle(world, []))

const mostCampaigns = 4

/** `elect n1`: {@link campaign}, then disks and network until nothing is left to do, and again until it leads. */
export const elect = (world: World, words: ReadonlyArray<string>): void =>
  campaignUntilLeader(world, words, () => settle(world, []))

/** `win n1 n2 n3`: it is elected by these votes; nothing else arrives anywhere, and its first block stays on its way. */
export const win = (world: World, words: ReadonlyArray<string>): void => {
  const ids = words.map((each) => nodeOf(world, each).id)
  campaignUntilLeader(world, words, () => settle(world, ids, /Vote/))
}

const campaignUntilLeader = (world: World, words: ReadonlyArray<string>, spread: () => void): void => {
  const node = live(world, words[0])
  for (let campaigns = 0; campaigns < mostCampaigns; campaigns++) {
    const from = world.happenings.length
    campaign(world, words)
    spread()
    if (hasLed(world, node, from)) return
  }
  world.happenings.push({ _tag: "Word", text: `${words[0] ?? ""} is not elected` })
}
