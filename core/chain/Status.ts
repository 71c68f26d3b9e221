import type { BlockId } from "./Block.ts"
import { type Entry, allBlocks, rootOf } from "./BlockTree.ts"
import type { Role } from "./ChainOutput.ts"
import { type ChainState, configurationOf, roleOf } from "./ChainState.ts"
import type { Configuration, NodeId } from "./Configuration.ts"
import type { Progress } from "./Progress.ts"

/**
 * How a node is, for people, metrics and tests.
 *
 * **Details**
 *
 * `leader` and `vote` are 0 for nobody. `base` is the first block that is held. `progress` is what a leader knows of the
 * others, by id, and empty elsewhere.
 */
export interface ChainStatus {
  readonly id: NodeId
  readonly role: Role
  readonly stopped: boolean
  readonly term: number
  readonly vote: NodeId
  readonly leader: NodeId
  readonly head: BlockId
  readonly commit: BlockId
  readonly base: BlockId
  readonly snapshot: BlockId | undefined
  readonly configuration: Configuration
  readonly progress: ReadonlyArray<Readonly<Progress>>
}

/** Looks at a node. */
export const status = (state: ChainState): ChainStatus => ({
  id: state.settings.id,
  role: roleOf(state),
  stopped: state.stopped,
  term: state.term,
  vote: state.vote,
  leader: state.leader,
  head: state.tree.head.block.id,
  commit: state.commit.block.id,
  base: rootOf(state.tree).block.id,
  snapshot: state.kept?.snapshot.block,
  configuration: configurationOf(state),
  progress: state.lead?.progress ?? []
})

/** Every block that a node holds, by height, the path to its head first at each; `durable` is whether it is on the disk. */
export const heldBlocks = (state: ChainState): ReadonlyArray<Pick<Entry, "block"> & { readonly durable: boolean }> =>
  allBlocks(state.tree).map(({ block, write }) => ({ block, durable: write <= state.writes.durable }))
