import { type Decompress, noDecompress } from "../log/index.ts"
import { defaultGroupConfig, type GroupConfig } from "./GroupState.ts"

/** When an append counts as written: see {@link BrokerConfig}. */
export type FsyncPolicy = "none" | "interval" | "always"

/**
 * The settings of a broker; sizes are in bytes, times in milliseconds.
 *
 * **Details**
 *
 * With `fsync` `always` an append is answered only once it is synced; with `interval` the log is synced at most every
 * `fsyncIntervalMs`, and a machine (not a process) that dies may lose what came since; with `none` only when a segment or
 * the broker is closed. `autoCreateTopics` creates a topic, with `defaultPartitions`, when a client that allows it asks for
 * its metadata.
 */
export interface BrokerConfig {
  readonly nodeId: number
  readonly clusterId: string
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
  /** Partitions of all topics together, beyond which no topic is created and none grows, the broker's own aside. */
  readonly maxPartitions: number
  readonly fsync: FsyncPolicy
  readonly fsyncIntervalMs: number
  /** What one fetch answers with at most, unless a single batch is larger. */
  readonly fetchMaxBytes: number
  /** Idempotent producers that one partition remembers. */
  readonly maxProducers: number
  /** Bytes of appends that one partition holds while its disk is busy. */
  readonly maxPendingBytes: number
  /** How often partitions with a bound on age or size are looked at for what they need not keep. */
  readonly retentionCheckMs: number
  readonly group: GroupConfig
  /** Serves the look-up of offsets by time, and of keys for compacted topics, in compressed batches. */
  readonly decompress: Decompress
}

/** Settings for development: topics appear when they are asked for, and nothing waits for the disk. */
export const defaultBrokerConfig: Omit<BrokerConfig, "clusterId"> = {
  nodeId: 1,
  autoCreateTopics: true,
  defaultPartitions: 1,
  maxPartitions: 50_000,
  fsync: "none",
  fsyncIntervalMs: 1000,
  fetchMaxBytes: 57_671_680,
  maxProducers: 10_000,
  maxPendingBytes: 256 * 1024 * 1024,
  retentionCheckMs: 10_000,
  group: defaultGroupConfig,
  decompress: noDecompress
}

/** Longest text that may be committed with an offset. */
export const maxOffsetMetadata = 4096

/** Bound on the records of one compressed batch that the broker expands to look into it. */
export const maxExpandedBytes = 128 * 1024 * 1024
