import { decodeWith, Reader, Writer } from "../../bytes/index.ts"
import type { DecodeError } from "../../bytes/index.ts"
import type { Result } from "effect/Result"
import type { Persist } from "../ChainOutput.ts"
import type { Configuration } from "../Configuration.ts"
import { readBlockId, readBlocks, roomForBlocks, writeBlockId, writeBlocks } from "./BlockCodec.ts"
import { readConfiguration, writeConfiguration } from "./ConfigurationCodec.ts"
import { invalid, readNatural, readVersion, writeNatural } from "./Fields.ts"

/** The version of the records on a node's disk, as their first byte. */
export const recordVersion = 1

/** Who a node is, as long as its folder exists: the incarnation drawn for it, and what genesis stands for. */
export interface IdentityRecord {
  readonly _tag: "Identity"
  readonly incarnation: number
  readonly initial: Configuration
}

/**
 * What became durable with one `Persist`, or with none: the term, whom the node voted for in it (0 for nobody), the
 * commit marker, and blocks that came to the tree.
 *
 * **Details**
 *
 * All of it is in one record, so that a crash keeps all or nothing: a marker never without its block, a block never
 * without its term.
 */
export type PersistRecord = Omit<Persist, "write">

/** What a node of the chain keeps on its disk, one after the other. */
export type ChainRecord = IdentityRecord | PersistRecord

/** The kinds of record; never changed. */
const identity = 1
const persist = 2

/**
 * A record as bytes, without the frame that tells whether it is whole. `Persist` is written as it comes out.
 *
 * **Details**
 *
 * ```text
 * record => version kind fields          version, kind => int8; numbers => varlong
 * Identity(1) => incarnation configuration
 * Persist(2)  => term vote commit count [block]
 * ```
 */
export const encodeRecord = (record: ChainRecord): Uint8Array => {
  const out = new Writer(record._tag === "Persist" ? 64 + roomForBlocks(record.blocks) : 256)
  out.int8(recordVersion)
  switch (record._tag) {
    case "Identity":
      out.int8(identity)
      writeNatural(out, record.incarnation)
      writeConfiguration(out, record.initial)
      break
    case "Persist":
      out.int8(persist)
      writeNatural(out, record.term)
      writeNatural(out, record.vote)
      writeBlockId(out, record.commit)
      writeBlocks(out, record.blocks)
      break
  }
  return out.finish()
}

const readFields = (reader: Reader, at: number, kind: number): ChainRecord => {
  switch (kind) {
    case identity:
      return {
        _tag: "Identity",
        incarnation: readNatural(reader, "identity.incarnation"),
        initial: readConfiguration(reader)
      }
    case persist:
      return {
        _tag: "Persist",
        term: readNatural(reader, "persist.term"),
        vote: readNatural(reader, "persist.vote"),
        commit: readBlockId(reader),
        blocks: readBlocks(reader)
      }
    default:
      throw invalid(at, "record.kind", `${kind} is no kind of record`)
  }
}

/**
 * Reads what {@link encodeRecord} wrote.
 *
 * **Gotchas**
 *
 * Payloads are views of `bytes`, which must not change any more.
 */
export const decodeRecord = (bytes: Uint8Array): Result<ChainRecord, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(bytes)
    readVersion(reader, recordVersion, "record")
    const at = reader.position
    const record = readFields(reader, at, reader.int8())
    reader.end()
    return record
  })

/**
 * The two records that every segment begins with, so that the segments before it can be deleted once all their blocks
 * are in a snapshot: who the node is, and its term, vote and marker as they are.
 */
export const segmentHead = (
  { incarnation, initial }: Pick<IdentityRecord, "incarnation" | "initial">,
  { commit, term, vote }: Pick<PersistRecord, "commit" | "term" | "vote">
): ReadonlyArray<ChainRecord> => [
  { _tag: "Identity", incarnation, initial },
  { _tag: "Persist", term, vote, commit, blocks: [] }
]
