import { isFailure } from "effect/Result"
import { decodeUtf8 } from "../../../bytes/index.ts"
import { sameBlock, showBlock } from "../../../chain/index.ts"
import type {
  Block,
  ChainInput,
  ChainOutput,
  CommandOutcome,
  Message,
  NodeId,
  Persist,
  Sessions,
  Waiting
} from "../../../chain/index.ts"
import { checkCommitted, checkLeader, checkRead, checkSent } from "./Promises.ts"
import { showConfiguration, showMessage, showNode, showPath } from "./Show.ts"
import { texts } from "./Texts.ts"
import { type ScriptNode, selects, type World } from "./World.ts"

/** Writes down what a node did; what is `quiet` is left out of summaries. */
export const note = (world: World, node: ScriptNode, text: string, quiet: boolean): void => {
  world.happenings.push({ _tag: "Note", node: node.id, text, quiet })
}

/** Lets a node take an input, after it was told the time if its clock has moved. A node that is down takes nothing. */
export const feed = (world: World, node: ScriptNode, input: ChainInput): void => {
  tell(world, node)
  step(world, node, input)
}

/** Tells a node the time if its clock has moved. */
export const tell = (world: World, node: ScriptNode): void => {
  if (node.clock === node.told) return
  node.told = node.clock
  step(world, node, { _tag: "Tick", now: node.clock })
}

const step = (world: World, node: ScriptNode, input: ChainInput): void => {
  if (node.state === undefined) return
  node.decidesBy = world.machine.status(node.state).configuration
  const [next, outputs] = world.machine.chain.step(node.state, input)
  node.state = next
  for (const output of outputs) perform(world, node, output)
}

const perform = (world: World, node: ScriptNode, output: ChainOutput): void => {
  switch (output._tag) {
    case "Persist":
      note(world, node, `write ${showWrite(node, output)}`, true)
      node.work.push(output)
      return
    case "Send":
      return depart(world, node, output.to, output.message)
    case "Committed":
      return apply(world, node, output.block, output.waiting)
    case "Ready": {
      const name = nameOf(node, output.id)
      note(world, node, `${name} sees ${node.sessions.state.join(" ") || "nothing"}`, false)
      return checkRead(world, node, name)
    }
    case "Changed":
      return note(world, node, `done: ${nameOf(node, output.id)}`, false)
    case "Refused": {
      const name = nameOf(node, output.id)
      for (const text of node.proposed.get(output.id) ?? []) world.history.refused.add(text)
      const leader = output.leader === 0 || output.leader === node.id ? "" : `, leader ${showNode(output.leader)}`
      return note(world, node, `refused: ${name} (${output.reason}${leader})`, false)
    }
    case "Unknown":
      return note(world, node, `unknown: ${nameOf(node, output.id)}`, false)
    case "Status":
      return became(world, node, output)
    case "TakeSnapshot":
      note(world, node, `take snapshot at ${showBlock(output.snapshot.block)}`, true)
      node.frozen.push({ request: output.request, bytes: world.machine.encodeSnapshot(node.sessions) })
      node.work.push(output)
      return
    case "ReadSnapshot":
      note(world, node, `read snapshot from byte ${output.offset}`, true)
      node.work.push(output)
      return
    case "WriteSnapshot": {
      const { bytes, offset, size, snapshot } = output
      const range = `bytes ${offset}-${offset + bytes.length} of ${size}`
      note(world, node, `write snapshot at ${showBlock(snapshot.block)}, ${range}`, true)
      node.work.push(output)
      return
    }
    case "InstallSnapshot":
      note(world, node, `install snapshot at ${showBlock(output.snapshot.block)}`, true)
      node.work.push(output)
      return
    case "Forget": {
      const { durable } = node.disk
      const blocks = durable.blocks.filter(({ id }) => id.counter > output.through.counter)
      node.disk.durable = { ...durable, blocks }
      return note(world, node, `forget through ${showBlock(output.through)}`, false)
    }
    case "Stopped":
      node.stopped = true
      return note(world, node, `stopped: ${output.detail}`, false)
  }
}

const nameOf = (node: ScriptNode, id: number): string => node.names.get(id) ?? `request ${id}`

/** What is news of a write. */
const showWrite = (node: ScriptNode, { blocks, commit, term, vote }: Persist): string => {
  const { asked } = node
  const parts: Array<string> = []
  if (term !== asked.term || vote !== asked.vote)
    parts.push(vote === 0 ? `t${term}` : `t${term} vote ${showNode(vote)}`)
  if (blocks.length > 0) parts.push(showPath(blocks))
  if (parts.length === 0 && !sameBlock(commit, asked.commit)) parts.push(`commit ${showBlock(commit)}`)
  node.asked = { term, vote, commit }
  return parts.join(", ")
}

const depart = (world: World, node: ScriptNode, to: NodeId, message: Message): void => {
  const { incarnation } = node.disk.durable
  const flight = { from: node.id, to, incarnation, message }
  const lost = world.cuts.some((each) => selects(each, flight))
  if (!lost) world.flights.push(flight)
  world.happenings.push({ _tag: "Send", from: node.id, to, text: showMessage(message), lost })
  checkSent(world, node, to, message)
}

const became = (world: World, node: ScriptNode, status: ChainOutput & { readonly _tag: "Status" }): void => {
  const { configuration, leader, role, term } = status
  const now =
    role === "Leader"
      ? `leader of t${term}`
      : role === "Candidate"
        ? `candidate in t${term}`
        : leader === 0
          ? `follower in t${term}, no leader`
          : `follower of ${showNode(leader)} in t${term}`
  const members = `members ${showConfiguration(configuration) || "nobody"}`
  if (now !== node.role || members !== node.members) {
    world.happenings.push({
      _tag: "Became",
      node: node.id,
      role: now === node.role ? "" : now,
      members: members === node.members ? "" : members
    })
  }
  if (role === "Leader") checkLeader(world, node, term)
  node.role = now
  node.members = members
}

const apply = (world: World, node: ScriptNode, block: Block, waiting: ReadonlyArray<Waiting>): void => {
  world.happenings.push({ _tag: "Commit", node: node.id, block })
  checkCommitted(world, node, block)
  node.applied = block.id
  // A witness has no application, and one that has missed something was reported.
  const inTurn = block.position === node.sessions.position && block.body._tag !== "Withheld"
  const outcomes = inTurn ? world.machine.applyBlock(node.sessions, block) : []
  for (const { count, id, index } of waiting) {
    const own = outcomes.slice(index, index + count).map(showOutcome)
    note(world, node, `answered: ${nameOf(node, id)} -> ${own.join(" ")}`, false)
  }
}

const showOutcome = (outcome: CommandOutcome): string => {
  switch (outcome._tag) {
    case "Applied":
      return decodeUtf8(outcome.answer)
    case "Opened":
      return `session ${outcome.session}`
    case "Stale":
      return "stale"
    case "OutOfOrder":
      return "out of order"
    case "SessionExpired":
      return "session expired"
  }
}

/** The application as the newest snapshot on the disk has it; a witness has none. */
export const recoverSessions = (
  { machine, snapshots }: World,
  { disk }: ScriptNode
): Sessions<ReadonlyArray<string>> => {
  const { snapshot } = disk.durable
  if (snapshot === undefined) return machine.makeSessions(texts)
  for (const bytes of [disk.snapshot, snapshots.get(showBlock(snapshot.block))]) {
    const decoded = bytes === undefined ? undefined : machine.decodeSnapshot(texts, bytes)
    if (decoded !== undefined && !isFailure(decoded)) return decoded.success
  }
  const empty = machine.makeSessions(texts)
  empty.position = snapshot.position
  return empty
}
