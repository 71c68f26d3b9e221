import type { Reader, Writer } from "../../bytes/index.ts"
import type { Block, BlockId, Body, Command } from "../Block.ts"
import type { SnapshotName } from "../Message.ts"
import { readConfiguration, writeConfiguration } from "./ConfigurationCodec.ts"
import { invalid, readNatural, readSized, unwritable, writeNatural, writeSized } from "./Fields.ts"

/** The kinds of body; never changed. */
const opening = 0
const commands = 1
const configuration = 2
const withheld = 3

/** What a block and a command take at least. */
const smallestBlock = 6
const smallestCommand = 3

/** Writes a block's name: `id => term counter`, both varlongs. */
export const writeBlockId = (out: Writer, { counter, term }: BlockId): void => {
  writeNatural(out, term)
  writeNatural(out, counter)
}

/** Reads what {@link writeBlockId} wrote. */
export const readBlockId = (reader: Reader): BlockId => ({
  term: readNatural(reader, "block.term"),
  counter: readNatural(reader, "block.counter")
})

/**
 * Writes commands: `commands => count [session sequence length payload]`; count and length are unsigned varints, session
 * and sequence varlongs.
 */
export const writeCommands = (out: Writer, list: ReadonlyArray<Command>): void => {
  out.unsignedVarint(list.length)
  for (const { payload, sequence, session } of list) {
    writeNatural(out, session)
    writeNatural(out, sequence)
    writeSized(out, payload)
  }
}

/** Reads what {@link writeCommands} wrote; payloads are views. */
export const readCommands = (reader: Reader): ReadonlyArray<Command> => {
  const list: Array<Command> = []
  for (let left = reader.count(reader.unsignedVarint(), smallestCommand); left > 0; left--) {
    list.push({
      session: readNatural(reader, "command.session"),
      sequence: readNatural(reader, "command.sequence"),
      payload: readSized(reader)
    })
  }
  return list
}

const writeBody = (out: Writer, body: Body): void => {
  switch (body._tag) {
    case "Opening":
      return out.int8(opening)
    case "Commands":
      out.int8(commands)
      return writeCommands(out, body.commands)
    case "Configuration":
      out.int8(configuration)
      return writeConfiguration(out, body.configuration)
    case "Withheld":
      out.int8(withheld)
      return writeNatural(out, body.count)
  }
}

const readBody = (reader: Reader): Body => {
  const at = reader.position
  const kind = reader.int8()
  switch (kind) {
    case opening:
      return { _tag: "Opening" }
    case commands:
      return { _tag: "Commands", commands: readCommands(reader) }
    case configuration:
      return { _tag: "Configuration", configuration: readConfiguration(reader) }
    case withheld:
      return { _tag: "Withheld", count: readNatural(reader, "block.count") }
    default:
      throw invalid(at, "block.body", `${kind} is no kind of body`)
  }
}

/**
 * Writes a block.
 *
 * **Details**
 *
 * ```text
 * block => term counter parentTerm position bytes body     all but the body => varlong
 * body  => 0 | 1 commands | 2 configuration | 3 count
 * ```
 *
 * The parent's counter is one less than the block's own and is not written.
 *
 * **Gotchas**
 *
 * Throws `EncodeError` where the parent is not one below.
 */
export const writeBlock = (out: Writer, { body, bytes, id, parent, position }: Block): void => {
  if (parent.counter !== id.counter - 1) {
    throw unwritable("block.parent", `${parent.counter} is not one below ${id.counter}`)
  }
  writeBlockId(out, id)
  writeNatural(out, parent.term)
  writeNatural(out, position)
  writeNatural(out, bytes)
  writeBody(out, body)
}

/** How many bytes of payload commands have. */
const payloadBytes = (list: ReadonlyArray<Command>): number => {
  let sum = 0
  for (const { payload } of list) sum += payload.length
  return sum
}

/** Reads what {@link writeBlock} wrote, and checks what can be checked of a block alone. */
export const readBlock = (reader: Reader): Block => {
  const at = reader.position
  const id = readBlockId(reader)
  if (id.counter === 0) throw invalid(at, "block.counter", "no block has genesis' place")
  const term = readNatural(reader, "block.parent")
  if (term > id.term) throw invalid(at, "block.parent", `the parent's term ${term} is after the block's ${id.term}`)
  const position = readNatural(reader, "block.position")
  const bytes = readNatural(reader, "block.bytes")
  const body = readBody(reader)
  if (body._tag === "Commands" && bytes !== payloadBytes(body.commands)) {
    throw invalid(at, "block.bytes", `${bytes} is not the size of the block's commands`)
  }
  return { id, parent: { term, counter: id.counter - 1 }, position, bytes, body }
}

/** Writes any blocks: their count as an unsigned varint, then each. */
export const writeBlocks = (out: Writer, blocks: ReadonlyArray<Block>): void => {
  out.unsignedVarint(blocks.length)
  for (const block of blocks) writeBlock(out, block)
}

/** Reads what {@link writeBlocks} wrote. */
export const readBlocks = (reader: Reader): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  for (let left = reader.count(reader.unsignedVarint(), smallestBlock); left > 0; left--) blocks.push(readBlock(reader))
  return blocks
}

/** About how many bytes blocks take when they are written: enough, but for commands with very large numbers. */
export const roomForBlocks = (blocks: ReadonlyArray<Block>): number => {
  let room = 8
  for (const { body, bytes } of blocks) {
    room += bytes + 48
    if (body._tag === "Commands") room += 12 * body.commands.length
    if (body._tag === "Configuration") room += 256
  }
  return room
}

/** About how many bytes commands take when they are written, as {@link roomForBlocks}. */
export const roomForCommands = (list: ReadonlyArray<Command>): number => 8 + payloadBytes(list) + 12 * list.length

/** Writes a snapshot's name: `name => block position configuration`. */
export const writeSnapshotName = (out: Writer, name: SnapshotName): void => {
  writeBlockId(out, name.block)
  writeNatural(out, name.position)
  writeConfiguration(out, name.configuration)
}

/** Reads what {@link writeSnapshotName} wrote. */
export const readSnapshotName = (reader: Reader): SnapshotName => ({
  block: readBlockId(reader),
  position: readNatural(reader, "snapshot.position"),
  configuration: readConfiguration(reader)
})
