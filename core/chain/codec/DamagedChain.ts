import * as Data from "effect/Data"

/**
 * What is wrong with a node's records.
 *
 * - `Unreadable`: a record is whole, but is none that this version writes
 * - `NoIdentity`: the records do not begin with who the node is
 * - `OtherIdentity`: they are of two nodes
 * - `TermWentBack`, `VoteChanged`: the node forgot what it had promised
 * - `LaterBlock`: a block is of a later term than the node knew of
 * - `OtherBlock`: two different blocks have one name
 * - `CommitMissing`: blocks are gone that lead to the commit marker, and are in no snapshot
 */
export type DamagedReason =
  | "Unreadable"
  | "NoIdentity"
  | "OtherIdentity"
  | "TermWentBack"
  | "VoteChanged"
  | "LaterBlock"
  | "OtherBlock"
  | "CommitMissing"

/**
 * A node's records are whole, but no node of the chain has left them like this: no crash does that.
 *
 * **Details**
 *
 * `record` counts from 0. A node that went on might vote twice in a term, or lack what it has acknowledged.
 */
export class DamagedChain extends Data.TaggedError("DamagedChain")<{
  readonly reason: DamagedReason
  readonly record: number
  readonly detail: string
}> {
  override get message(): string {
    const { detail, reason, record } = this
    const first = reason === "Unreadable" ? "start the version that wrote it, or else " : ""
    return `The chain on this disk is damaged at record ${record}: ${detail}. The node must not start with it: ${first}empty its folder and let it join under a new id.`
  }
}
