import { sameBlock, showBlock } from "../../../chain/index.ts"
import type { Block, BlockId, NodeId } from "../../../chain/index.ts"
import { showNode, showNodes, showPath } from "./Show.ts"

/**
 * What happened while a command was carried out.
 *
 * - `Send`: a message left, `lost` where a cut took it at once
 * - `Became`: a node's role or members are others than before; the other of the two is empty
 * - `Commit`: a block was committed at a node
 * - `Note`: anything else that a node did; what is `quiet` is left out of summaries
 * - `Word`: what belongs to no node
 */
export type Happening =
  | { readonly _tag: "Send"; readonly from: NodeId; readonly to: NodeId; readonly text: string; readonly lost: boolean }
  | { readonly _tag: "Became"; readonly node: NodeId; readonly role: string; readonly members: string }
  | { readonly _tag: "Commit"; readonly node: NodeId; readonly block: Block }
  | { readonly _tag: "Note"; readonly node: NodeId; readonly text: string; readonly quiet: boolean }
  | { readonly _tag: "Word"; readonly text: string }

/** How a node looks from outside. */
export interface Look {
  readonly role: string
  readonly members: string
  readonly head: BlockId
  readonly commit: BlockId
}

const join = (parts: ReadonlyArray<string>): string => parts.filter((part) => part !== "").join(", ")

/** Everything in its order; a message to several nodes is one line. */
export const tellAll = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let at = 0; at < happenings.length; at++) {
    const each = happenings[at] as Happening
    switch (each._tag) {
      case "Send": {
        const to = [each.to]
        for (let next = happenings[at + 1]; next?._tag === "Send"; next = happenings[at + 1]) {
          const same = next.from === each.from && next.text === each.text && next.lost === each.lost
          if (!same || to.includes(next.to)) break
          to.push(next.to)
          at++
        }
        lines.push(`${showNode(each.from)} -> ${showNodes(to)}: ${each.text}${each.lost ? " (cut)" : ""}`)
        break
      }
      case "Became":
        lines.push(`${showNode(each.node)}: ${join([each.role, each.members])}`)
        break
      case "Commit":
        lines.push(`${showNode(each.node)}: commit ${showPath([each.block])}`)
        break
      case "Note":
        lines.push(`${showNode(each.node)}: ${each.text}`)
        break
      case "Word":
        lines.push(each.text)
        break
    }
  }
  return lines
}

/** What became different about a node, in one line without its name. */
const tellChange = (before: Look | undefined, after: Look, committed: ReadonlyArray<Block>): string => {
  const moved = before === undefined || !sameBlock(before.head, after.head)
  return join([
    before?.role === after.role ? "" : after.role,
    before?.members === after.members ? "" : after.members,
    moved && !sameBlock(after.head, after.commit) ? `head ${showBlock(after.head)}` : "",
    committed.length > 0 ? `commit ${showPath(committed)}` : ""
  ])
}

/** What came of it all: the nodes with the same change are one line, then what was answered. */
export const tellSummary = (
  happenings: ReadonlyArray<Happening>,
  before: ReadonlyMap<NodeId, Look>,
  after: ReadonlyMap<NodeId, Look>
): ReadonlyArray<string> => {
  const groups = new Map<string, Array<NodeId>>()
  for (const [node, look] of after) {
    const committed: Array<Block> = []
    for (const each of happenings) if (each._tag === "Commit" && each.node === node) committed.push(each.block)
    const change = tellChange(before.get(node), look, committed)
    if (change === "") continue
    const same = groups.get(change)
    if (same === undefined) groups.set(change, [node])
    else same.push(node)
  }
  const lines: Array<string> = []
  for (const [change, nodes] of groups) lines.push(`${showNodes(nodes)}: ${change}`)
  for (const each of happenings) {
    if (each._tag === "Note" && !each.quiet) lines.push(`${showNode(each.node)}: ${each.text}`)
    else if (each._tag === "Word") lines.push(each.text)
  }
  return lines
}
