import type { Follower } from "../../log/index.ts"
import type { JournalHead, LogPage, WriteStep } from "../../ports/index.ts"
import type { BelongingState } from "../trust/Belonging.ts"
import { noLease } from "./PointerLease.ts"
import type { PointerLease } from "./PointerLease.ts"
import type { ReplicationBatch } from "../fold/ReplicationBatch.ts"
import type { StoreRequest } from "./ReplicationRequest.ts"

/**
 * Which partition to replicate, and how.
 *
 * **Details**
 *
 * `atomic` is the store's: one transaction a batch, or one step at a time, of `journalsAtOnce` journals together. `heads`
 * bounds the journal heads that are kept in memory between batches. Whatever fails is tried again after `backoffMs`, doubled each time up to
 * `maxBackoffMs`. To a store that is not atomic nothing is written without a look at the pointer in the last `fenceMs`.
 * Of a store that has a pointer `lookBack` offsets before it are compared with the log; `storeName` is how a person calls it.
 */
export interface ReplicationConfig {
  readonly topic: string
  readonly partition: number
  readonly atomic: boolean
  readonly journalsAtOnce: number
  readonly heads: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
  readonly fenceMs: number
  readonly lookBack: number
  readonly storeName?: string | undefined
}

/** A head as the store has it, or that there is none. */
export type Head = JournalHead | undefined

/** The records in hand. */
export interface Batch extends ReplicationBatch {
  readonly logEnd: number
  /** The heads that the batch's plan is made from; complete when `missing` is 0. Written by `step` alone. */
  readonly heads: Map<string, Head>
  readonly missing: number
}

/** What of the batch is still to be written. */
export interface Writing {
  readonly events: number
  /** The heads that the batch leaves behind. */
  readonly heads: ReadonlyMap<string, Head>
  /**
   * Steps still to be written, for each line that runs beside the others, and of each line those that are written together;
   * the pointer comes after all of them. Written by `step` alone.
   */
  readonly lines: Map<number, ReadonlyArray<ReadonlyArray<WriteStep>>>
  /** Lines that wait for a look at the pointer, which is under way where there are any. Written by `step` alone. */
  readonly held: Set<number>
  readonly pointerWritten: boolean
}

/** Where the replication of one partition stands. */
export interface ReplicationState {
  readonly config: ReplicationConfig
  readonly now: number
  /** Counts how often the replication has begun. */
  readonly epoch: number
  readonly stopping: boolean
  readonly stopped: boolean
  /** The last offset that is in the store, as this replicator knows it. */
  readonly pointer: number | undefined
  /** Where the first pointer is being put, of a store without transactions whose log does not begin at 0. */
  readonly claimed: number | undefined
  readonly lease: PointerLease
  /** Whether it was looked whether the store is of this log. */
  readonly belongs: boolean
  /** How far that look is. */
  readonly belonging: BelongingState | undefined
  readonly follower: Follower.FollowerState<LogPage> | undefined
  /** Heads of journals as they are in the store, least recently used first; written by `step` alone. */
  readonly known: Map<string, Head>
  /** The batch in hand, whose heads are read until `writing` says what is written of it. */
  readonly batch: Batch | undefined
  readonly writing: Writing | undefined
  /** The batch behind the one in hand, whose heads are read while that one is written. */
  readonly ahead: Batch | undefined
  readonly failures: number
  readonly retries: ReadonlyArray<{ readonly at: number; readonly request: StoreRequest | "Begin" }>
}

/** A replication that has not begun. */
export const start = (config: ReplicationConfig): ReplicationState => ({
  config,
  now: 0,
  epoch: 0,
  stopping: false,
  stopped: false,
  pointer: undefined,
  claimed: undefined,
  lease: noLease(config.fenceMs),
  belongs: false,
  belonging: undefined,
  follower: undefined,
  known: new Map(),
  batch: undefined,
  writing: undefined,
  ahead: undefined,
  failures: 0,
  retries: []
})
