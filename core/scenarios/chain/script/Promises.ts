import { decodeUtf8 } from "../../../bytes/index.ts"
import { genesis, hasQuorum, heldBlocks, sameBlock, showBlock } from "../../../chain/index.ts"
import type { Block, BlockId, Message, NodeId } from "../../../chain/index.ts"
import { showContent, showMessage, showNode } from "./Show.ts"
import type { ScriptNode, World } from "./World.ts"

/** Says what was contradicted; the stories of the package have no such line. */
const report = (world: World, what: string): void => {
  world.happenings.push({ _tag: "Word", text: `VIOLATED ${what}` })
}

/** Whether a block is on the disk of a node, as itself or in a snapshot. */
const isDurable = ({ disk: { durable } }: ScriptNode, id: BlockId): boolean =>
  sameBlock(id, genesis) ||
  id.counter <= (durable.snapshot?.block.counter ?? 0) ||
  durable.blocks.some((block) => sameBlock(block.id, id))

/** S1: a term has one leader; S4: it has all that is committed. */
export const checkLeader = (world: World, node: ScriptNode, term: number): void => {
  const { committed, greatest, leaders } = world.history
  const other = leaders.get(term)
  if (other === node.id) return
  if (other !== undefined) report(world, `S1: ${showNode(other)} and ${showNode(node.id)} both lead t${term}`)
  leaders.set(term, node.id)
  if (node.state === undefined) return
  const { base } = world.machine.status(node.state)
  const name = committed.get(greatest.counter)
  if (greatest.counter <= base.counter || name === undefined) return
  if (heldBlocks(node.state).some(({ block }) => showBlock(block.id) === name)) return
  report(world, `S4: ${showNode(node.id)} leads t${term} without ${name}, which is committed`)
}

/** S5: of each height one block is committed, in order; S6: a quorum has it; S11: what was refused has no effect. */
export const checkCommitted = (world: World, node: ScriptNode, block: Block): void => {
  const { committed, greatest, refused } = world.history
  const { counter } = block.id
  const before = committed.get(counter)
  const name = showBlock(block.id)
  if (before === undefined) {
    committed.set(counter, name)
    checkQuorum(world, node, block.id)
  } else if (before !== name) {
    report(world, `S5: ${showNode(node.id)} commits ${showContent(block)}, and ${before} is committed at its height`)
  }
  if (counter !== node.applied.counter + 1) {
    report(world, `S5: ${showNode(node.id)} commits ${name} behind ${showBlock(node.applied)}`)
  }
  if (counter > greatest.counter) world.history.greatest = block.id
  if (block.body._tag !== "Commands" || refused.size === 0) return
  for (const { payload, sequence, session } of block.body.commands) {
    const text = decodeUtf8(payload)
    if (session === 0 && sequence === 0 && refused.has(text))
      report(world, `S11: ${text} was refused and is committed in ${name}`)
  }
}

const checkQuorum = (world: World, node: ScriptNode, id: BlockId): void => {
  const has = (each: NodeId): boolean => {
    const member = world.nodes.get(each)
    return member !== undefined && isDurable(member, id)
  }
  if (!hasQuorum(node.decidesBy, has)) {
    report(world, `S6: ${showBlock(id)} is committed, and no quorum has it on its disks`)
  }
}

/** S8: what a message says of the sender is on the sender's disk. */
export const checkSent = (world: World, node: ScriptNode, to: NodeId, message: Message): void => {
  const { term, vote } = node.disk.durable
  const broken = (): boolean => {
    switch (message._tag) {
      case "AppendReply":
        return message.verified !== undefined && !isDurable(node, message.verified)
      case "VoteReply":
        return message.granted && (term !== message.term || vote !== to)
      case "Vote":
        return term < message.term || (term === message.term && vote !== node.id)
      case "PreVote":
      case "PreVoteReply":
        return false
      default:
        return term < message.term
    }
  }
  if (broken()) report(world, `S8: ${showNode(node.id)} sends ${showMessage(message)}, which its disk does not hold`)
}

/** What a read that begins now has to see. */
export const noteRead = (world: World, node: ScriptNode, name: string): void => {
  world.history.reads.set(`${node.id} ${name}`, world.history.greatest)
}

/** S12: a read sees what was committed when it began. */
export const checkRead = (world: World, node: ScriptNode, name: string): void => {
  const due = world.history.reads.get(`${node.id} ${name}`)
  if (due === undefined || due.counter <= node.applied.counter) return
  const seen = showBlock(node.applied)
  report(world, `S12: ${name} of ${showNode(node.id)} sees ${seen} where ${showBlock(due)} was committed`)
}
