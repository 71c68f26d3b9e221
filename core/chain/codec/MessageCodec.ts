import { decodeWith, Reader, Writer } from "../../bytes/index.ts"
import type { DecodeError } from "../../bytes/index.ts"
import type { Result } from "effect/Result"
import { sameBlock, showBlock } from "../Block.ts"
import type { Block, BlockId } from "../Block.ts"
import type { Message, Placement, RefusedReason } from "../Message.ts"
import {
  readBlockId,
  readBlocks,
  readCommands,
  readSnapshotName,
  roomForBlocks,
  roomForCommands,
  writeBlockId,
  writeBlocks,
  writeCommands,
  writeSnapshotName
} from "./BlockCodec.ts"
import { invalid, readFlag, readNatural, readSized, readVersion, writeNatural, writeSized } from "./Fields.ts"

/** The version of the messages between nodes, as their first byte. */
export const messageVersion = 1

/** The codes of messages are their indices here, from 1 on, and never change. */
const tags: ReadonlyArray<Message["_tag"]> = [
  "PreVote",
  "PreVoteReply",
  "Vote",
  "VoteReply",
  "Append",
  "AppendReply",
  "Snapshot",
  "SnapshotReply",
  "TimeoutNow",
  "Forward",
  "Forwarded",
  "ReadIndex",
  "ReadIndexReply",
  "Estranged"
]

/** The codes of refusals are their indices here, from 1 on, and never change; 0 stands for a placement. */
const reasons: ReadonlyArray<RefusedReason> = [
  "NoLeader",
  "Overloaded",
  "Superseded",
  "Transferring",
  "ChangeUnderWay",
  "BadChange",
  "Stopped"
]

const writeOptionalId = (out: Writer, id: BlockId | undefined): void => {
  out.boolean(id !== undefined)
  if (id !== undefined) writeBlockId(out, id)
}

const readOptionalId = (reader: Reader, what: string): BlockId | undefined =>
  readFlag(reader, what) ? readBlockId(reader) : undefined

const writePlaced = (out: Writer, placed: Placement | RefusedReason): void => {
  if (typeof placed === "string") return out.int8(reasons.indexOf(placed) + 1)
  out.int8(0)
  writeBlockId(out, placed.block)
  writeNatural(out, placed.index)
}

const readPlaced = (reader: Reader): Placement | RefusedReason => {
  const at = reader.position
  const code = reader.int8()
  if (code === 0) return { block: readBlockId(reader), index: readNatural(reader, "placed.index") }
  const reason = reasons[code - 1]
  if (reason === undefined) throw invalid(at, "placed", `${code} is no reason`)
  return reason
}

/** The blocks of an append, which are a path that begins above `parent`. */
const readPath = (reader: Reader, parent: BlockId): ReadonlyArray<Block> => {
  const at = reader.position
  const blocks = readBlocks(reader)
  let before = parent
  for (const block of blocks) {
    if (!sameBlock(block.parent, before)) {
      throw invalid(at, "append.blocks", `${showBlock(block.id)} does not extend ${showBlock(before)}`)
    }
    before = block.id
  }
  return blocks
}

/** Room for any message without commands, blocks and bytes, beside large configurations. */
const smallRoom = 64

const roomFor = (message: Message): number => {
  switch (message._tag) {
    case "Append":
      return smallRoom + roomForBlocks(message.blocks)
    case "Forward":
      return smallRoom + roomForCommands(message.commands)
    case "Snapshot":
      return smallRoom + 256 + message.bytes.length
    default:
      return smallRoom
  }
}

const writeFields = (out: Writer, message: Message): void => {
  switch (message._tag) {
    case "PreVote":
      return writeBlockId(out, message.head)
    case "PreVoteReply":
    case "VoteReply":
      return out.boolean(message.granted)
    case "Vote":
      writeBlockId(out, message.head)
      return out.boolean(message.transfer)
    case "Append":
      writeNatural(out, message.round)
      writeBlockId(out, message.parent)
      writeBlockId(out, message.commit)
      return writeBlocks(out, message.blocks)
    case "AppendReply":
      writeNatural(out, message.round)
      writeOptionalId(out, message.verified)
      return writeBlockId(out, message.commit)
    case "Snapshot":
      writeNatural(out, message.round)
      writeSnapshotName(out, message.snapshot)
      writeNatural(out, message.size)
      writeNatural(out, message.offset)
      return writeSized(out, message.bytes)
    case "SnapshotReply":
      writeNatural(out, message.round)
      writeBlockId(out, message.block)
      writeNatural(out, message.offset)
      return out.boolean(message.installed)
    case "Forward":
      writeNatural(out, message.request)
      return writeCommands(out, message.commands)
    case "Forwarded":
      writeNatural(out, message.request)
      return writePlaced(out, message.placed)
    case "ReadIndex":
      return writeNatural(out, message.request)
    case "ReadIndexReply":
      writeNatural(out, message.request)
      return writeOptionalId(out, message.block)
    case "TimeoutNow":
    case "Estranged":
      return
  }
}

const readFields = (reader: Reader, tag: Message["_tag"], term: number): Message => {
  switch (tag) {
    case "PreVote":
      return { _tag: tag, term, head: readBlockId(reader) }
    case "PreVoteReply":
    case "VoteReply":
      return { _tag: tag, term, granted: readFlag(reader, "granted") }
    case "Vote":
      return { _tag: tag, term, head: readBlockId(reader), transfer: readFlag(reader, "transfer") }
    case "Append": {
      const round = readNatural(reader, "round")
      const parent = readBlockId(reader)
      const commit = readBlockId(reader)
      return { _tag: tag, term, round, parent, blocks: readPath(reader, parent), commit }
    }
    case "AppendReply": {
      const round = readNatural(reader, "round")
      return { _tag: tag, term, round, verified: readOptionalId(reader, "verified"), commit: readBlockId(reader) }
    }
    case "Snapshot":
      return {
        _tag: tag,
        term,
        round: readNatural(reader, "round"),
        snapshot: readSnapshotName(reader),
        size: readNatural(reader, "size"),
        offset: readNatural(reader, "offset"),
        bytes: readSized(reader)
      }
    case "SnapshotReply":
      return {
        _tag: tag,
        term,
        round: readNatural(reader, "round"),
        block: readBlockId(reader),
        offset: readNatural(reader, "offset"),
        installed: readFlag(reader, "installed")
      }
    case "Forward":
      return { _tag: tag, term, request: readNatural(reader, "request"), commands: readCommands(reader) }
    case "Forwarded":
      return { _tag: tag, term, request: readNatural(reader, "request"), placed: readPlaced(reader) }
    case "ReadIndex":
      return { _tag: tag, term, request: readNatural(reader, "request") }
    case "ReadIndexReply":
      return { _tag: tag, term, request: readNatural(reader, "request"), block: readOptionalId(reader, "block") }
    case "TimeoutNow":
    case "Estranged":
      return { _tag: tag, term }
  }
}

/**
 * A message as bytes, for the network.
 *
 * **Details**
 *
 * ```text
 * message => version tag term fields     version, tag => int8; numbers => varlong; flags => int8, 0 or 1
 * PreVote(1)        => head
 * PreVoteReply(2)   => granted
 * Vote(3)           => head transfer
 * VoteReply(4)      => granted
 * Append(5)         => round parent commit blocks
 * AppendReply(6)    => round verified? commit
 * Snapshot(7)       => round name size offset length bytes
 * SnapshotReply(8)  => round block offset installed
 * TimeoutNow(9)     =>
 * Forward(10)       => request commands
 * Forwarded(11)     => request (0 block index | reason)
 * ReadIndex(12)     => request
 * ReadIndexReply(13) => request block?
 * Estranged(14)     =>
 * ```
 *
 * `x?` is a flag, followed by `x` when it is 1. Payloads are copied once.
 */
export const encodeMessage = (message: Message): Uint8Array => {
  const out = new Writer(roomFor(message))
  out.int8(messageVersion)
  out.int8(tags.indexOf(message._tag) + 1)
  writeNatural(out, message.term)
  writeFields(out, message)
  return out.finish()
}

/**
 * Reads what {@link encodeMessage} wrote.
 *
 * **Gotchas**
 *
 * Payloads are views of `bytes`, which must not change any more.
 */
export const decodeMessage = (bytes: Uint8Array): Result<Message, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(bytes)
    readVersion(reader, messageVersion, "message")
    const at = reader.position
    const code = reader.int8()
    const tag = tags[code - 1]
    if (tag === undefined) throw invalid(at, "message.tag", `${code} is no message`)
    const message = readFields(reader, tag, readNatural(reader, "message.term"))
    reader.end()
    return message
  })
