import type { NodeId } from "../../../chain/index.ts"
import { cluster, crash, join, restart, settings, wipe } from "./ClusterCommands.ts"
import { done, fails, persisted, persistFails, sync } from "./DiskCommands.ts"
import { type Look, tellAll, tellSummary } from "./Happenings.ts"
import { applied, clock, describe, expect, status, tree } from "./LookCommands.ts"
import { clear, cut, deliver, drop, duplicate, flights, heal, hold, release, stabilize } from "./NetworkCommands.ts"
import { members, propose, read, snapshot, transfer } from "./RequestCommands.ts"
import { parseScript, showScript } from "./Script.ts"
import { at, campaign, elapse, elect, run, tick, wake, win } from "./TimeCommands.ts"
import { makeWorld, nodesOf, reject, type ScriptMachine, type World } from "./World.ts"

type Command = (world: World, words: ReadonlyArray<string>) => void

/** Each step of these is shown. */
const shownWhole: Readonly<Record<string, Command>> = {
  at,
  tick,
  wake,
  campaign,
  elapse,
  deliver,
  drop,
  clear,
  duplicate,
  hold,
  release,
  cut,
  heal,
  flights,
  propose,
  read,
  members,
  transfer,
  snapshot,
  persisted,
  sync,
  done,
  fails,
  "persist-fails": persistFails,
  crash,
  restart,
  wipe,
  settings,
  status,
  describe,
  tree,
  applied,
  clock,
  expect
}

/** Of these only what came of them is shown. */
const summed: Readonly<Record<string, Command>> = { cluster, join, elect, win, stabilize, run }

const looks = (world: World): ReadonlyMap<NodeId, Look> => {
  const found = new Map<NodeId, Look>()
  for (const { id, members: own, role, state } of nodesOf(world)) {
    if (state === undefined) continue
    const { commit, head } = world.machine.status(state)
    found.set(id, { role, members: own, head, commit })
  }
  return found
}

/** Carries out one line, and tells what came of it. `brief` in front of a command asks for the summary, `all` for each step. */
const runCommand = (world: World, line: string): ReadonlyArray<string> => {
  world.command = line
  world.happenings = []
  const words = line.split(/\s+/)
  const mode = words[0] === "all" || words[0] === "brief" ? words.shift() : undefined
  const name = words.shift() ?? ""
  const command = shownWhole[name] ?? summed[name] ?? reject(world, `there is no command ${name}`)
  const before = looks(world)
  command(world, words)
  const brief = mode === undefined ? summed[name] !== undefined : mode === "brief"
  return brief ? tellSummary(world.happenings, before, looks(world)) : tellAll(world.happenings)
}

/**
 * Carries out a script, and gives it with what every node did.
 *
 * **When to use**
 *
 * For stories that are checked: the text that comes out is the text that went in, as long as the machine does what it
 * did when the script was written. See {@link parseScript} for the form, and the functions of the commands for what each
 * does.
 *
 * **Details**
 *
 * Everything is in the hand of the script: messages stay on their way and writes undone until a command lets them go.
 * The nodes draw from generators with seeds of their own, so that the same script always tells the same.
 *
 * **Gotchas**
 *
 * Throws `ScriptError` where a command means nothing or an `expect` is not met.
 */
export const runScript = (machine: ScriptMachine, text: string): string => {
  const world = makeWorld(machine)
  const script = parseScript(text)
  const steps = script.steps.map((step) => ({
    ...step,
    output: step.commands.flatMap((line) => runCommand(world, line))
  }))
  return showScript({ steps, closing: script.closing })
}
