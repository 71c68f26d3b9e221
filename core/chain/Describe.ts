import { showBlock } from "./Block.ts"
import type { Block, BlockId } from "./Block.ts"
import { allBlocks, positionAfter, rootOf } from "./BlockTree.ts"
import type { Entry } from "./BlockTree.ts"
import { roleOf } from "./ChainState.ts"
import type { ChainState } from "./ChainState.ts"
import type { Configuration, Member, NodeId } from "./Configuration.ts"
import type { Progress } from "./Progress.ts"

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const showNode = (id: NodeId): string => (id === 0 ? "-" : String(id))

const showMember = ({ id, incarnation, priority, role }: Member): string => {
  const kind = role === "Voter" ? "" : role === "Witness" ? "w" : "l"
  return `${id}${kind}${priority === 0 ? "" : `^${priority}`}${incarnation === 0 ? "?" : ""}`
}

const showHalf = (members: ReadonlyArray<Member>): string =>
  members.length === 0 ? "nobody" : members.map(showMember).join(" ")

/**
 * A configuration in a line: `1 2 3w 4l^5?` has two voters, a witness, and a learner of priority 5 that nobody has heard
 * from; `1 2 and 1 3` is the change from the latter to the former.
 */
export const showConfiguration = ({ members, outgoing }: Configuration): string =>
  outgoing === undefined ? showHalf(members) : `${showHalf(members)} and ${showHalf(outgoing)}`

const showBody = ({ body, bytes }: Block): string => {
  switch (body._tag) {
    case "Opening":
      return "opening"
    case "Commands":
      return `${counted(body.commands.length, "command")} ${bytes} B`
    case "Configuration":
      return `members ${showConfiguration(body.configuration)}`
    case "Withheld":
      return `${counted(body.count, "command")} withheld`
  }
}

const showNodeLine = (state: ChainState): string => {
  const { commit, leader, settings, stopped, term, tree, vote } = state
  const role = stopped ? "Stopped" : roleOf(state)
  const names = `head ${showBlock(tree.head.block.id)} commit ${showBlock(commit.block.id)}`
  const base = `base ${showBlock(rootOf(tree).block.id)}`
  return `node ${settings.id} ${role} term ${term} vote ${showNode(vote)} leader ${showNode(leader)} ${names} ${base}`
}

const showUnderWay = ({ campaign, incoming, writes }: ChainState): ReadonlyArray<string> => {
  const lines: Array<string> = []
  if (campaign !== undefined) lines.push(`${campaign.phase} granted by ${campaign.granted.join(" ") || "nobody"}`)
  if (writes.durable < writes.issued) {
    const held = counted(writes.held.length, "message")
    lines.push(`${counted(writes.issued - writes.durable, "write")} under way, ${held} held back`)
  }
  if (incoming !== undefined) {
    const { from, offset, size, snapshot } = incoming
    lines.push(`snapshot of ${showBlock(snapshot.block)} from ${from}, ${offset} of ${size} B`)
  }
  return lines
}

const showNote = ({ catchUp, probing, sending }: Progress): string => {
  const notes: Array<string> = []
  if (probing) notes.push("waits for an answer")
  if (sending !== undefined) notes.push(`${showBlock(sending.snapshot.block)} ${sending.offset} of ${sending.size} B`)
  if (catchUp !== undefined) notes.push(catchUp.done ? "caught up" : `catches up, ${counted(catchUp.rounds, "round")}`)
  return notes.join(", ")
}

/** Rows in columns, each as wide as its widest field, and no blanks at the end. */
const inColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) row.forEach((field, at) => (widths[at] = Math.max(widths[at] ?? 0, field.length)))
  return rows.map((row) =>
    row
      .map((field, at) => field.padEnd(widths[at]!))
      .join("  ")
      .trimEnd()
  )
}

const showProgress = (progress: ReadonlyArray<Progress>): ReadonlyArray<string> =>
  progress.length === 0
    ? []
    : inColumns([
        ["peer", "mode", "match", "next", "told", "in flight", ""],
        ...progress.map((peer) => [
          String(peer.id),
          peer.mode,
          String(peer.match),
          String(peer.next),
          String(peer.told),
          `${peer.inFlight} B`,
          showNote(peer)
        ])
      ])

const showMarks = ({ commit, tree, writes }: ChainState, entry: Entry): string => {
  const marks: Array<string> = []
  if (entry === commit) marks.push("commit")
  if (entry === tree.head) marks.push("head")
  if (entry.write > writes.durable) marks.push("not durable")
  if (entry.proposals !== undefined && entry.proposals.length > 0) marks.push("awaited")
  return marks.length === 0 ? "" : ` <- ${marks.join(", ")}`
}

const showEntry = (state: ChainState, entry: Entry): string => {
  const says = entry.parent === undefined ? `after ${counted(positionAfter(entry), "command")}` : showBody(entry.block)
  return `${showBlock(entry.block.id)} ${says}${showMarks(state, entry)}`
}

/** The blocks above each block. */
const childrenOf = (entries: ReadonlyArray<Entry>): ReadonlyMap<Entry, ReadonlyArray<Entry>> => {
  const children = new Map<Entry, Array<Entry>>()
  for (const entry of entries) {
    if (entry.parent === undefined) continue
    const siblings = children.get(entry.parent)
    if (siblings === undefined) children.set(entry.parent, [entry])
    else siblings.push(entry)
  }
  return children
}

/** The blocks from the root to the head. */
const pathOf = ({ tree }: ChainState): ReadonlyArray<Entry> => {
  const path: Array<Entry> = []
  for (let entry: Entry | undefined = tree.head; entry !== undefined; entry = entry.parent) path.push(entry)
  return path.reverse()
}

const byName = (a: BlockId, b: BlockId): number => a.term - b.term || a.counter - b.counter

/**
 * The tree, a block a line: the path to the head at the margin, and what forks off from a block behind it, further in.
 * Of a long path only the last `limit` blocks are drawn.
 */
const showTree = (state: ChainState, limit: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const children = childrenOf(allBlocks(state.tree))
  const path = pathOf(state)
  const skipped = Math.max(0, path.length - limit)
  if (skipped > 0) lines.push(`... ${counted(skipped, "block")} from ${showBlock(path[0]!.block.id)} on`)
  for (let at = skipped; at < path.length; at++) {
    const main = path[at]!
    lines.push(showEntry(state, main))
    const todo: Array<{ readonly entry: Entry; readonly indent: string; readonly last: boolean }> = []
    const branch = (parent: Entry, indent: string, open: boolean): void => {
      const forks = (children.get(parent) ?? []).filter((child) => child !== path[at + 1])
      forks.sort((a, b) => byName(b.block.id, a.block.id))
      forks.forEach((entry, nth) => todo.push({ entry, indent, last: nth === 0 && !open }))
    }
    branch(main, "", main !== state.tree.head)
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      lines.push(`${next.indent}${next.last ? "└" : "├"} ${showEntry(state, next.entry)}`)
      branch(next.entry, `${next.indent}${next.last ? "  " : "│ "}`, false)
    }
  }
  return lines
}

/**
 * A node of the chain, drawn as lines of text.
 *
 * **Details**
 *
 * The node, its members, what is under way, the progress of its peers where it leads, and its blocks; of the path to the
 * head the last `limit` (64). The same state is always drawn the same.
 *
 * **Example**
 *
 * ```text
 * node 1 Leader term 3 vote 1 leader 1 head t3.4 commit t3.3 base genesis
 * members 1 2 3
 * peer  mode       match  next  told  in flight
 * 2     Replicate  3      5     3     7 B
 * 3     Probe      1      2     0     0 B        waits for an answer
 * genesis after 0 commands
 * t1.1 opening
 * ├ t2.2 opening
 * │ └ t2.3 1 command 7 B
 * t1.2 2 commands 12 B
 * t3.3 opening <- commit
 * t3.4 1 command 7 B <- head, not durable
 * ```
 */
export const describe = (state: ChainState, limit = 64): string =>
  [
    showNodeLine(state),
    `members ${showConfiguration(state.tree.head.configuration)}`,
    ...showUnderWay(state),
    ...showProgress(state.lead?.progress ?? []),
    ...showTree(state, limit)
  ].join("\n")
