import type { Append, Block, BlockId, Body, ChainOutput, Message } from "../../../core/chain/index.ts"
import { genesis } from "../../../core/chain/index.ts"
import { text } from "./Cluster.ts"

export const id = (term: number, counter: number): BlockId => ({ term, counter })

const opening: Body = { _tag: "Opening" }

/** A path above `parent`, a block for each term; with words, each says one. */
export const path = (
  parent: BlockId,
  terms: ReadonlyArray<number>,
  words: ReadonlyArray<string> = []
): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let above = parent
  let position = 0
  terms.forEach((term, at) => {
    const word = words[at]
    const body: Body =
      word === undefined ? opening : { _tag: "Commands", commands: [{ session: 0, sequence: 0, payload: text(word) }] }
    const block = { id: id(term, above.counter + 1), parent: above, position, bytes: word?.length ?? 0, body }
    if (word !== undefined) position++
    blocks.push(block)
    above = block.id
  })
  return blocks
}

/** What a leader says. */
export const append = (
  term: number,
  blocks: ReadonlyArray<Block>,
  parent: BlockId = blocks[0]?.parent ?? genesis,
  commit: BlockId = genesis,
  round = 1
): Append => ({ _tag: "Append", term, round, parent, blocks, commit })

/** The messages among outputs. */
export const sent = (outputs: ReadonlyArray<ChainOutput>): ReadonlyArray<Message> =>
  outputs.flatMap((output) => (output._tag === "Send" ? [output.message] : []))

/** What a node acknowledged among outputs. */
export const verified = (outputs: ReadonlyArray<ChainOutput>): ReadonlyArray<BlockId | undefined> =>
  sent(outputs).flatMap((message) => (message._tag === "AppendReply" ? [message.verified] : []))
