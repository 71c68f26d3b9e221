import { decodeUtf8 } from "../../../bytes/index.ts"
import { showBlock } from "../../../chain/index.ts"
import type { Block, BlockId } from "../../../chain/index.ts"
import { showContent, showNode } from "./Show.ts"
import type { ScriptNode, World } from "./World.ts"

const report = (world: World, what: string): void => {
  world.happenings.push({ _tag: "Word", text: `VIOLATED ${what}` })
}

/** S1: a term has one leader. */
export const noteLeader = (world: World, node: ScriptNode, term: number): void => {
  const { leaders } = world.history
  const other = leaders.get(term)
  if (other === undefined) leaders.set(term, node.id)
  else if (other !== node.id) report(world, `S1: ${showNode(other)} and ${showNode(node.id)} both lead t${term}`)
}

/** S5: of each height one block is committed; S11: what was refused has no effect. */
export const noteCommitted = (world: World, node: ScriptNode, block: Block): void => {
  const { committed, greatest, refused } = world.history
  const { counter } = block.id
  const before = committed.get(counter)
  const name = showBlock(block.id)
  if (before === undefined) committed.set(counter, name)
  else if (before !== name) {
    report(world, `S5: ${showNode(node.id)} commits ${showContent(block)}, and ${before} is committed at its height`)
  }
  if (counter !== node.applied.counter + 1) {
    report(world, `S5: ${showNode(node.id)} commits ${name} behind ${showBlock(node.applied)}`)
  }
  if (counter > greatest.counter) world.history.greatest = block.id
  if (block.body._tag !== "Commands" || refused.size === 0) return
  for (const { payload } of block.body.commands) {
    const text = decodeUtf8(payload)
    if (refused.has(text)) report(world, `S11: ${text} was refused and is committed in ${name}`)
  }
}

/** What a read that begins now has to see. */
export const noteRead = (world: World, node: ScriptNode, name: string): void => {
  world.history.reads.set(`${node.id} ${name}`, world.history.greatest)
}

/** S12: a read sees what was committed when it began. */
export const checkRead = (world: World, node: ScriptNode, name: string, seen: BlockId): void => {
  const due = world.history.reads.get(`${node.id} ${name}`)
  if (due === undefined || due.counter <= seen.counter) return
  report(world, `S12: ${name} of ${showNode(node.id)} sees ${showBlock(seen)} where ${showBlock(due)} was committed`)
}
