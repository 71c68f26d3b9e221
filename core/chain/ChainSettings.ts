import type { Block, BlockId } from "./Block.ts"
import type { Configuration, NodeId } from "./Configuration.ts"
import type { SnapshotName } from "./Message.ts"

/**
 * How a node behaves; the same on every node of a cluster, but for `id`.
 *
 * **Details**
 *
 * - `electionMs`: how long a follower waits for a leader, and a leader for its quorum (1000)
 * - `spreadMs`: by how much more it waits at most, drawn anew each time (`electionMs`)
 * - `heartbeatMs`: how often a leader speaks when it has nothing to say (100)
 * - `leaseDriftPercent`: where it is given, a leader answers reads without asking, as long as a quorum answered it within
 *   `electionMs` less this share: safe only while no two clocks differ in speed by more
 * - `maxBlockBytes`: payload bytes that are put into one block (1 MiB); a single proposal may be larger
 * - `maxBlockCommands`: commands that are put into one block, and blocks or commands into one message (10,000); a single
 *   proposal may have more
 * - `windowBlocks`, `windowBytes`: what may be on its way to one follower (64 blocks, 8 MiB)
 * - `maxUncommittedBytes`: bytes of commands that may wait for their commit (64 MiB)
 * - `snapshotBytes`: bytes of blocks after which a snapshot is due (64 MiB), or never where it is 0
 * - `keepBlocks`: blocks that are kept below a snapshot, for followers that lag a little (1024), but no more than
 *   `snapshotBytes` of them
 * - `chunkBytes`: bytes of a snapshot in one message (1 MiB)
 * - `catchUpRounds`: rounds that a new voter has to catch up before its change is refused (10)
 *
 * `maxUncommittedBytes` and `snapshotBytes` are of memory: 256 bytes for each command, and for each block, come to the
 * payloads.
 */
export interface ChainSettings {
  readonly id: NodeId
  readonly electionMs: number
  readonly spreadMs: number
  readonly heartbeatMs: number
  readonly leaseDriftPercent?: number
  readonly maxBlockBytes: number
  readonly maxBlockCommands: number
  readonly windowBlocks: number
  readonly windowBytes: number
  readonly maxUncommittedBytes: number
  readonly snapshotBytes: number
  readonly keepBlocks: number
  readonly chunkBytes: number
  readonly catchUpRounds: number
}

/** The settings of {@link ChainSettings} in brackets. */
export const chainDefaults: Omit<ChainSettings, "id"> = {
  electionMs: 1000,
  spreadMs: 1000,
  heartbeatMs: 100,
  maxBlockBytes: 1 << 20,
  maxBlockCommands: 10_000,
  windowBlocks: 64,
  windowBytes: 8 << 20,
  maxUncommittedBytes: 64 << 20,
  snapshotBytes: 64 << 20,
  keepBlocks: 1024,
  chunkBytes: 1 << 20,
  catchUpRounds: 10
}

/**
 * What a node has on its disk when it starts.
 *
 * **Details**
 *
 * `initial` is the configuration that genesis stands for, the same on every node that begins the cluster, and empty on
 * one that joins it later. `blocks` are in the order in which they were written; those that a snapshot covers may be
 * missing. `commit` is the last marker that was written, which may be behind.
 */
export interface Durable {
  readonly incarnation: number
  readonly initial: Configuration
  readonly term: number
  readonly vote: NodeId
  readonly commit: BlockId
  readonly blocks: ReadonlyArray<Block>
  readonly snapshot?: SnapshotName & { readonly size: number }
}
