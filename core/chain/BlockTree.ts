import { type Block, type BlockId, commandsIn, isAfter } from "./Block.ts"
import type { Configuration } from "./Configuration.ts"
import type { Proposal } from "./Requests.ts"

/**
 * A block in memory.
 *
 * **Details**
 *
 * `configuration` is the one in force after the block, set by the block of height `since` on its path. `write` is the
 * number of the write that makes it durable, 0 where it was read from the disk. `withheld` says that commands on the way
 * to the block, or in it, were withheld from this node. `fork` is another block of the same height. `proposals` are this
 * node's own in it.
 */
export interface Entry {
  readonly block: Block
  parent: Entry | undefined
  readonly configuration: Configuration
  readonly since: number
  readonly write: number
  withheld: boolean
  fork: Entry | undefined
  dead: boolean
  proposals: Array<Proposal> | undefined
}

/**
 * The blocks that a node holds: a tree whose root is `base`.
 *
 * **Details**
 *
 * A block's counter is its height, so that the tree is an array of heights. `slots[h - base]` is the block of the height
 * `h` on the path to `head`, or any where the path does not reach so far; others of the height hang on it by `fork`.
 * `head` is the greatest block: later terms first, then further from genesis. It depends on the set of blocks only, and a
 * committed block is below the heads of a quorum for ever, so that a candidate whose head is not below those of a quorum
 * extends all that is committed.
 */
export interface BlockTree {
  base: number
  slots: Array<Entry>
  head: Entry
  forks: number
}

/** A block that stands for all in front of it, with what is known there. */
export const rootEntry = (id: BlockId, position: number, configuration: Configuration): Entry => ({
  block: { id, parent: id, position, bytes: 0, body: { _tag: "Opening" } },
  parent: undefined,
  configuration,
  since: id.counter,
  write: 0,
  withheld: false,
  fork: undefined,
  dead: false,
  proposals: undefined
})

/** A tree of one block. */
export const makeTree = (root: Entry): BlockTree => ({
  base: root.block.id.counter,
  slots: [root],
  head: root,
  forks: 0
})

/** The root. */
export const rootOf = (tree: BlockTree): Entry => tree.slots[0] as Entry

/** The block of a height on the path to the head; `height` is from the base's to the head's. */
export const pathAt = (tree: BlockTree, height: number): Entry => tree.slots[height - tree.base] as Entry

/** The block of this name, where it is held. */
export const findBlock = (tree: BlockTree, id: BlockId): Entry | undefined => {
  if (id.counter < tree.base) return undefined
  let entry = tree.slots[id.counter - tree.base]
  while (entry !== undefined && entry.block.id.term !== id.term) entry = entry.fork
  return entry
}

/** How many commands lie in front of what extends this block. */
export const positionAfter = ({ block }: Entry): number => block.position + commandsIn(block)

/** Puts the path to a new head first at each height, from the head down to where it already is. */
const lead = (tree: BlockTree, head: Entry): void => {
  const before = tree.head.block.id.counter
  let entry: Entry | undefined = head
  while (entry !== undefined) {
    const height = entry.block.id.counter
    const first = pathAt(tree, height)
    if (first === entry) {
      if (height <= before) break
    } else {
      unlink(first, entry)
      entry.fork = first
      tree.slots[height - tree.base] = entry
    }
    entry = entry.parent
  }
  tree.head = head
}

const unlink = (first: Entry, entry: Entry): void => {
  let at = first
  while (at.fork !== entry) at = at.fork as Entry
  at.fork = entry.fork
}

const isWithheld = ({ body }: Block, parent: Entry): boolean => parent.withheld || body._tag === "Withheld"

/** Adds a block above its parent, which is in the tree; it becomes the head if it is the greatest. */
export const addBlock = (tree: BlockTree, block: Block, parent: Entry, write: number): Entry => {
  const { body, id } = block
  const changes = body._tag === "Configuration"
  const entry: Entry = {
    block,
    parent,
    configuration: changes ? body.configuration : parent.configuration,
    since: changes ? id.counter : parent.since,
    write,
    withheld: isWithheld(block, parent),
    fork: undefined,
    dead: false,
    proposals: undefined
  }
  place(tree, entry)
  return entry
}

const place = (tree: BlockTree, entry: Entry): void => {
  const { id } = entry.block
  const at = id.counter - tree.base
  const first = tree.slots[at]
  if (first === undefined) tree.slots[at] = entry
  else {
    entry.fork = first.fork
    first.fork = entry
    tree.forks++
  }
  if (isAfter(id, tree.head.block.id)) lead(tree, entry)
}

/**
 * Takes away what can never be committed, now that the path to the head is committed from height `low` to `high`: the
 * forks in between, and all that extends them. Gives them.
 */
export const dropForks = (tree: BlockTree, low: number, high: number): ReadonlyArray<Entry> => {
  const dropped: Array<Entry> = []
  if (tree.forks === 0) return dropped
  for (let height = low; height <= high; height++) {
    const first = pathAt(tree, height)
    for (let fork = first.fork; fork !== undefined; fork = fork.fork) dropped.push(fork)
    first.fork = undefined
  }
  for (const entry of dropped) entry.dead = true
  let found = dropped.length
  for (let height = high + 1; found > 0 && height - tree.base < tree.slots.length; height++) {
    found = dropOrphans(tree, height - tree.base, dropped)
  }
  const last = tree.slots.findIndex((slot) => slot === undefined)
  if (last >= 0) tree.slots.length = last
  tree.forks = countForks(tree)
  return dropped
}

/** Takes away the blocks of a slot whose parents are dead. */
const dropOrphans = (tree: BlockTree, at: number, dropped: Array<Entry>): number => {
  let kept: Entry | undefined
  let last: Entry | undefined
  let found = 0
  let entry = tree.slots[at]
  while (entry !== undefined) {
    const next: Entry | undefined = entry.fork
    entry.fork = undefined
    if (entry.parent?.dead === true) {
      entry.dead = true
      dropped.push(entry)
      found++
    } else {
      if (last === undefined) kept = entry
      else last.fork = entry
      last = entry
    }
    entry = next
  }
  tree.slots[at] = kept as Entry
  return found
}

const countForks = (tree: BlockTree): number => {
  let forks = 0
  for (const slot of tree.slots) for (let fork = slot.fork; fork !== undefined; fork = fork.fork) forks++
  return forks
}

/** Makes the committed block of this height the root. */
export const moveBase = (tree: BlockTree, height: number): void => {
  tree.slots.splice(0, height - tree.base)
  tree.base = height
  rootOf(tree).parent = undefined
}

/** Every block that is held, by height, the path to the head first. */
export const allBlocks = (tree: BlockTree): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  for (const slot of tree.slots) for (let at: Entry | undefined = slot; at !== undefined; at = at.fork) entries.push(at)
  return entries
}

/** Makes `root` the root and keeps only what extends the block of its name; gives the rest, which is dead now. */
export const replaceRoot = (tree: BlockTree, root: Entry): ReadonlyArray<Entry> => {
  const former = allBlocks(tree)
  const held = findBlock(tree, root.block.id)
  const dropped: Array<Entry> = []
  tree.base = root.block.id.counter
  tree.slots = [root]
  tree.head = root
  tree.forks = 0
  for (const entry of former) {
    if (entry.parent !== undefined && (entry.parent === held || !entry.parent.dead)) {
      if (entry.parent === held) entry.parent = root
      entry.withheld = isWithheld(entry.block, entry.parent)
      entry.fork = undefined
      place(tree, entry)
    } else {
      entry.dead = true
      dropped.push(entry)
    }
  }
  return dropped
}
