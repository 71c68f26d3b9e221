import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Block, genesis, isAfter, sameBlock } from "../../../core/chain/index.ts"
import {
  addBlock,
  allBlocks,
  type BlockTree,
  dropForks,
  type Entry,
  findBlock,
  makeTree,
  moveBase,
  pathAt,
  replaceRoot,
  rootEntry
} from "../../../core/chain/BlockTree.ts"
import { voters } from "./Cluster.ts"

const empty = (): BlockTree => makeTree(rootEntry(genesis, 0, voters(1)))

/** Grows a tree as leaders do: each term extends some block that is there, a few times. */
const grow = (terms: ReadonlyArray<readonly [number, number]>): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  terms.forEach(([from, count], nth) => {
    let parent = blocks.length === 0 ? genesis : (blocks[from % blocks.length]?.id ?? genesis)
    for (let more = 0; more <= count % 4; more++) {
      const id = { term: nth + 1, counter: parent.counter + 1 }
      blocks.push({ id, parent, position: 0, bytes: 0, body: { _tag: "Opening" } })
      parent = id
    }
  })
  return blocks
}

const someTerms = fc.array(fc.tuple(fc.nat(50), fc.nat(3)), { minLength: 1, maxLength: 12 })

/** Adds the blocks in an order in which parents come first; `shuffle` decides between those that may come next. */
const fill = (blocks: ReadonlyArray<Block>, shuffle: ReadonlyArray<number> = []): BlockTree => {
  const tree = empty()
  const left = [...blocks]
  for (let at = 0; left.length > 0; at++) {
    const may = left.filter(({ parent }) => findBlock(tree, parent) !== undefined)
    const block = may[(shuffle[at] ?? 0) % may.length]
    if (block === undefined) throw new Error("A parent is missing.")
    const parent = findBlock(tree, block.parent)
    if (parent !== undefined) addBlock(tree, block, parent, 0)
    left.splice(left.indexOf(block), 1)
  }
  return tree
}

const namesOf = (entries: ReadonlyArray<Entry>) =>
  entries.map(({ block }) => `${block.id.term}.${block.id.counter}`).sort()

const ancestors = (entry: Entry): ReadonlyArray<Entry> => {
  const path: Array<Entry> = []
  for (let at: Entry | undefined = entry; at !== undefined; at = at.parent) path.unshift(at)
  return path
}

const check = (tree: BlockTree): void => {
  for (const entry of ancestors(tree.head)) expect(pathAt(tree, entry.block.id.counter)).toBe(entry)
  for (const entry of allBlocks(tree)) {
    expect(findBlock(tree, entry.block.id)).toBe(entry)
    expect(isAfter(entry.block.id, tree.head.block.id)).toBe(false)
  }
  expect(tree.forks).toBe(allBlocks(tree).length - tree.slots.length)
}

describe("BlockTree", () => {
  it("the head is the greatest block and the path to it comes first, in whatever order the blocks came", () => {
    fc.assert(
      fc.property(someTerms, fc.array(fc.nat(20)), (terms, shuffle) => {
        const blocks = grow(terms)
        const tree = fill(blocks, shuffle)
        check(tree)
        expect(tree.head.block.id).toEqual(fill(blocks).head.block.id)
        expect(allBlocks(tree).length).toBe(blocks.length + 1)
      })
    )
  })

  it("dropping forks keeps exactly what extends the committed block, and its path", () => {
    fc.assert(
      fc.property(someTerms, fc.nat(20), (terms, upTo) => {
        const tree = fill(grow(terms))
        const high = 1 + (upTo % tree.head.block.id.counter)
        const committed = pathAt(tree, high)
        const before = allBlocks(tree)
        const expected = before.filter(
          (entry) => ancestors(entry).includes(committed) || ancestors(committed).includes(entry)
        )
        const dropped = dropForks(tree, 1, high)
        check(tree)
        expect(namesOf(allBlocks(tree))).toEqual(namesOf(expected))
        expect(dropped.length).toBe(before.length - expected.length)
        expect(dropped.every(({ dead }) => dead)).toBe(true)
      })
    )
  })

  it("a new root keeps what extends it and nothing else", () => {
    fc.assert(
      fc.property(someTerms, fc.nat(50), (terms, pick) => {
        const blocks = grow(terms)
        const tree = fill(blocks)
        const chosen = blocks[pick % blocks.length]
        if (chosen === undefined) throw new Error("There are blocks.")
        const expected = allBlocks(tree).filter((entry) =>
          ancestors(entry).some(({ block }) => sameBlock(block.id, chosen.id))
        )
        const dropped = replaceRoot(tree, rootEntry(chosen.id, 9, voters(1, 2)))
        check(tree)
        expect(namesOf(allBlocks(tree))).toEqual(namesOf(expected))
        expect(dropped.length).toBe(blocks.length + 1 - (expected.length - 1))
      })
    )
  })

  it("the base moves up along the committed path", () => {
    const tree = fill(grow([[0, 3]]))
    moveBase(tree, 2)
    check(tree)
    expect(namesOf(allBlocks(tree))).toEqual(["1.2", "1.3", "1.4"])
    expect(findBlock(tree, { term: 1, counter: 1 })).toBeUndefined()
  })

  it("a block has the configuration of the last one on its path that sets it", () => {
    const tree = empty()
    const root = tree.head
    const block = (term: number, counter: number): Block => ({
      id: { term, counter },
      parent: root.block.id,
      position: 0,
      bytes: 0,
      body: { _tag: "Opening" }
    })
    const changed = addBlock(
      tree,
      { ...block(1, 1), body: { _tag: "Configuration", configuration: voters(1, 2) } },
      root,
      0
    )
    const above = addBlock(tree, { ...block(1, 2), parent: changed.block.id }, changed, 0)
    const aside = addBlock(tree, block(2, 1), root, 0)
    expect([above.configuration, above.since]).toEqual([voters(1, 2), 1])
    expect([aside.configuration, aside.since]).toEqual([voters(1), 0])
    expect(tree.head).toBe(aside)
  })
})
