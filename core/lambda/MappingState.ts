import type { LogRecord, TopicPartition } from "../log/index.ts"
import type { Work } from "./MappingWork.ts"

/**
 * How an event source mapping is set up, under the names that AWS gives to its settings.
 *
 * **Details**
 *
 * - `batchSize` (100, at most 10 000), `batchWindowMs` (500): how many records are waited for, and for how long
 * - `payloadBytes`: how large an event may be (6 MB); a record that is larger is alone in its event
 * - `initTimeoutMs`: how long a new sandbox may take to start (10 s), which does not count as the function's time
 * - `functionTimeoutMs`: when an invocation is killed, from when its sandbox has it
 * - `reportBatchItemFailures`: whether the function's answer is read
 * - `bisectBatchOnFunctionError`: whether a batch that fails is halved before it is counted as an attempt
 * - `maximumRetryAttempts`, `maximumRecordAgeMs`: when records are given up; -1 never
 * - `backoffMs`, `maxBackoffMs`: how long is waited before another attempt, doubled each time
 */
export interface MappingConfig {
  readonly batchSize: number
  readonly batchWindowMs: number
  readonly payloadBytes: number
  readonly initTimeoutMs: number
  readonly functionTimeoutMs: number
  readonly reportBatchItemFailures: boolean
  readonly bisectBatchOnFunctionError: boolean
  readonly maximumRetryAttempts: number
  readonly maximumRecordAgeMs: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** A setup as AWS has it when nothing is said, for a function that reports failures of records, and gives none up. */
export const defaultMapping: MappingConfig = {
  batchSize: 100,
  batchWindowMs: 500,
  payloadBytes: 6 * 1024 * 1024,
  initTimeoutMs: 10_000,
  functionTimeoutMs: 60_000,
  reportBatchItemFailures: true,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeMs: -1,
  backoffMs: 1000,
  maxBackoffMs: 60_000
}

/** A record that waits for its batch, and how much of an event's payload it takes. */
export interface PolledRecord {
  readonly record: LogRecord
  readonly bytes: number
}

/** A partition that this poller has. */
export interface AssignedPartition extends TopicPartition {
  /** Counts assignments, so that what belongs to an earlier one is recognised. */
  readonly epoch: number
  /** The offset that is polled next. */
  readonly position: number
  readonly polling: boolean
  /** When it is polled again after a failure. */
  readonly pollAt: number
  readonly waiting: ReadonlyArray<PolledRecord>
  /** Since when records wait for their batch. */
  readonly waitingSince: number
}

/** Why records are given up. */
export type GivenUpWhy = "RetriesExhausted" | "TooOld"

/** Where one poller of an event source mapping stands. */
export interface MappingState {
  readonly config: MappingConfig
  readonly now: number
  readonly epoch: number
  readonly partitions: ReadonlyArray<AssignedPartition>
  /** What was begun and is to be done before new batches of its partitions, in its order. */
  readonly pending: ReadonlyArray<Work>
  /** The invocation that is under way. */
  readonly flight: { readonly id: number; readonly work: Work; readonly deadline: number } | undefined
  /** Records that are on their way to where given up ones go, out of a whole that may have others. */
  readonly leaving: { readonly id: number; readonly out: Work; readonly rest: Work; readonly whole: Work } | undefined
  readonly lastId: number
  /** Whether nothing more is to be begun. */
  readonly stopping: boolean
}

/** A poller without partitions. */
export const startMapping = (config: MappingConfig): MappingState => ({
  config,
  now: 0,
  epoch: 0,
  partitions: [],
  pending: [],
  flight: undefined,
  leaving: undefined,
  lastId: 0,
  stopping: false
})

/** Whether nothing is under way: a poller that was told to stop has stopped then. */
export const isIdle = ({ flight, leaving }: MappingState): boolean => flight === undefined && leaving === undefined

/**
 * Below which offset everything of a partition is done or given up, as this poller knows; `undefined` where it does not have the
 * partition.
 */
export const doneTo = (
  { flight, leaving, partitions, pending }: MappingState,
  { partition, topic }: TopicPartition
): number | undefined => {
  const isIt = (one: TopicPartition): boolean => one.topic === topic && one.partition === partition
  const own = partitions.find(isIt)
  if (own === undefined) return undefined
  const begun = [
    ...pending,
    ...(flight === undefined ? [] : [flight.work]),
    ...(leaving === undefined ? [] : [leaving.whole])
  ]
  const slices = begun.flatMap(({ slices: all }) => all).filter((one) => isIt(one) && one.epoch === own.epoch)
  const open = slices.flatMap(({ records }) => records[0]?.offset ?? [])
  return Math.min(own.waiting[0]?.record.offset ?? own.position, ...open)
}
