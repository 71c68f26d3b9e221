import type { BatchHeader, Decompress } from "../log/index.ts"
import type { Checkpoint, ProducerStates, RecoveredLog, Segment } from "../storage/index.ts"
import type { FsyncPolicy } from "./BrokerConfig.ts"
import type { Isolation } from "./PartitionLogIo.ts"

/**
 * The settings of one partition's log; sizes are in bytes.
 *
 * **Details**
 *
 * `fsync` says when an append is answered: `none` after it is written, the log being synced when a segment or the log is
 * closed; `interval` after it is written, synced at most `fsyncIntervalMs` later; `always` after it is synced, with one
 * sync for all that wait. `maxPendingBytes` bounds what was accepted and is not written yet. `decompress` serves the
 * look-up of a time in compressed batches; without the codec the batch's first offset is answered. Records are given up
 * when they are older than `retentionMs`, or when the log is larger than `retentionBytes`, each -1 for never, which is
 * looked at every `retentionCheckMs`.
 */
export interface PartitionLogConfig {
  readonly fsync: FsyncPolicy
  readonly fsyncIntervalMs: number
  readonly segmentBytes: number
  readonly maxBatchBytes: number
  readonly maxPendingBytes: number
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly retentionCheckMs: number
  readonly decompress: Decompress
}

/** An append that was accepted and is to be written. */
export interface PendingAppend {
  readonly batches: ReadonlyArray<BatchHeader>
  readonly size: number
  readonly endOffset: number
}

/** An append that is answered once the high watermark is above its last offset. */
export interface WaitingAppend {
  readonly id: number
  readonly baseOffset: number
  readonly lastOffset: number
}

/** A request to begin the log at `offset`, which is answered once that is durable. */
export interface WaitingTrim {
  readonly id: number
  readonly offset: number
}

/** What is under way in the write lane. */
export type Writing =
  | { readonly _tag: "Append"; readonly id: number; readonly appends: ReadonlyArray<PendingAppend> }
  | { readonly _tag: "Roll"; readonly id: number; readonly checkpoint: Checkpoint }

/** What is under way in the sync lane: when it is done, all below `endOffset` is on the disk. */
export interface Syncing {
  readonly id: number
  readonly endOffset: number
  readonly checkpoint: Checkpoint
  readonly checkpointSynced: boolean
}

/** What a read is for. */
export type Lookup =
  | {
      readonly _tag: "Fetch"
      readonly id: number
      readonly offset: number
      readonly maxBytes: number
      readonly isolation: Isolation
    }
  | { readonly _tag: "Time"; readonly id: number; readonly timestamp: number }
  | { readonly _tag: "MaxTime"; readonly id: number }

/** A read that is under way: for what, and of which part of which segment. */
export interface Reading {
  readonly lookup: Lookup
  readonly segment: Segment
  readonly position: number
  readonly length: number
}

/**
 * The state of one partition's log.
 *
 * **Details**
 *
 * `accepted` ≥ `written` ≥ `synced` are the offsets after the last record that has an offset, is in the file, is on the
 * disk; `highWatermark` is one of the last two, as the fsync policy has it. `producers` has taken in what is accepted,
 * `writtenProducers` what is written.
 *
 * **Gotchas**
 *
 * Mutable: the machine's `step` is its only writer.
 */
export interface PartitionState {
  readonly config: PartitionLogConfig
  readonly folder: string
  readonly segments: Array<Segment>
  readonly producers: ProducerStates
  readonly writtenProducers: ProducerStates
  logStart: number
  accepted: number
  written: number
  synced: number
  highWatermark: number
  checkpoint: Checkpoint
  checkpointSynced: boolean
  now: number
  /** Where the log is to begin: `logStart`, or where it will be once that is durable. */
  wantedStart: number
  trimming: Array<WaitingTrim>
  /** Segments that are no longer in the log, and whose files are still there. */
  readonly garbage: Array<Segment>
  /** The removal of such files that is under way. */
  removing: number | undefined
  /** When it is to be looked at next whether records have to be kept. */
  retentionDueAt: number | undefined
  /** Whether the segment that is written is to be closed although it is not full. */
  rollWanted: boolean
  /** With the policy `interval`: when the oldest record that is not synced must be. */
  syncDueAt: number | undefined
  readonly pending: Array<PendingAppend>
  pendingBytes: number
  waiting: Array<WaitingAppend>
  writing: Writing | undefined
  syncing: Syncing | undefined
  readonly reading: Map<number, Reading>
  nextId: number
  /** Why the log is offline. */
  offline: string | undefined
  /** The log is being closed, or is closed. */
  closing: boolean
  /** Those who asked for it and have no answer yet. */
  readonly closers: Array<number>
}

/** The state of a log that was just recovered: everything in it is synced and can be fetched. */
export const openPartitionLog = (config: PartitionLogConfig, recovered: RecoveredLog): PartitionState => {
  const { checkpoint } = recovered
  const end = recovered.segments[recovered.segments.length - 1]!.endOffset
  return {
    config,
    folder: recovered.folder,
    segments: [...recovered.segments],
    producers: recovered.producers,
    writtenProducers: recovered.producers.copy(),
    logStart: checkpoint.logStart,
    wantedStart: checkpoint.logStart,
    trimming: [],
    garbage: [],
    removing: undefined,
    retentionDueAt:
      (config.retentionMs >= 0 || config.retentionBytes >= 0) && end > checkpoint.logStart ? 0 : undefined,
    rollWanted: false,
    accepted: end,
    written: end,
    synced: end,
    highWatermark: end,
    checkpoint,
    checkpointSynced: true,
    now: 0,
    syncDueAt: undefined,
    pending: [],
    pendingBytes: 0,
    waiting: [],
    writing: undefined,
    syncing: undefined,
    reading: new Map(),
    nextId: 1,
    offline: undefined,
    closing: false,
    closers: []
  }
}

/** The segment that is written. */
export const activeSegment = (log: PartitionState): Segment => log.segments[log.segments.length - 1]!

/** The log in one line, for golden scripts and people. */
export const describePartition = (log: PartitionState): string =>
  [
    `${log.folder} start=${log.logStart} hw=${log.highWatermark} synced=${log.synced} written=${log.written}`,
    `end=${log.accepted} segments=${log.segments.length} pending=${log.pendingBytes}B epoch=${log.checkpoint.leaderEpoch}`,
    ...(log.writing === undefined ? [] : [log.writing._tag === "Roll" ? "rolling" : "writing"]),
    ...(log.syncing === undefined ? [] : ["syncing"]),
    ...(!log.closing ? [] : [log.closers.length > 0 ? "closing" : "closed"]),
    ...(log.offline === undefined ? [] : ["offline"])
  ].join(" ")
