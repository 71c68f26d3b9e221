import type { Block } from "./Block.ts"
import type { ChainState } from "./ChainState.ts"
import type { Configuration, NodeId } from "./Configuration.ts"
import { halt } from "./Hold.ts"
import { isWitness, memberOf } from "./Quorum.ts"

/** Whether it is a member that is to have all commands. */
const keepsData = (configuration: Configuration, id: NodeId): boolean =>
  memberOf(configuration, id) !== undefined && !isWitness(configuration, id)

/**
 * Whether somebody gets a block, or a snapshot, without its commands: a witness `now`, if it was not to have them `then`,
 * where the block or the snapshot is.
 *
 * **Details**
 *
 * A voter that becomes a witness while it is behind gets what it was to have in full: where it stands it still is a voter,
 * and the block that makes it a witness may never be committed.
 */
export const isWithheldFrom = (now: Configuration, then: Configuration, id: NodeId): boolean =>
  isWitness(now, id) && !keepsData(then, id)

/** A block without its commands. */
export const withheld = (block: Block): Block =>
  block.body._tag === "Commands" ? { ...block, body: { _tag: "Withheld", count: block.body.commands.length } } : block

/**
 * A node that is to have all commands and lacks some stops for good, before it says that it has the block which wants it
 * to: its names of blocks would be counted as copies of their commands.
 *
 * **Details**
 *
 * It was a witness, was removed, and is added again under its id; the leader may have forgotten that. What was withheld on
 * dead branches, or is made up for by a snapshot, does not matter.
 */
export const stopIfLacking = (state: ChainState): void => {
  const { settings, tree } = state
  const { configuration, withheld: lacks } = tree.head
  if (!lacks || !keepsData(configuration, settings.id)) return
  halt(
    state,
    "it was a witness and has kept no commands, and is to have them now: remove it from the members, and add it under a " +
      "new id with an empty folder"
  )
}
