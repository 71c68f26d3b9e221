import * as Effect from "effect/Effect"
import type { LogRecord, NewRecord } from "../../core/log/index.ts"
import { CommitLogError } from "../../core/ports/index.ts"
import type { AppendRequest, CommitLog, CommitLogErrorReason, LogPage, ReadRequest } from "../../core/ports/index.ts"

/**
 * Settings of a log in memory.
 *
 * **Details**
 *
 * With a number for `partitions` (1), every topic comes into being with so many when it is first named; with an object,
 * the topics that it lists exist, and no others. `maxRecordBytes` (1048588, Kafka's own default) bounds the key, value
 * and headers of one record.
 */
export interface MemoryLogOptions {
  readonly partitions?: number | Readonly<Record<string, number>>
  readonly maxRecordBytes?: number
}

/** A log in memory. `trim` does what retention does: the partition's log then starts at `offset`. */
export interface MemoryLog extends CommitLog {
  readonly trim: (topic: string, partition: number, offset: number) => Effect.Effect<void, CommitLogError>
}

interface Partition {
  /** The records from `start` on, in offset order; offsets have no gaps. */
  records: Array<LogRecord>
  start: number
  readonly waiting: Set<() => void>
}

/** Bytes of a record beside its key, value and headers: lengths, attributes, time and offset. */
const overhead = 21

const sizeOf = (record: NewRecord): number => {
  let size = overhead + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const header of record.headers) size += header.name.length + (header.value?.length ?? 0)
  return size
}

const copyOf = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : bytes.slice())

const endOf = (partition: Partition): number => partition.start + partition.records.length

/** Ends when the partition has a record at `offset`; gives up its place in the partition when it is interrupted. */
const untilAppended = (partition: Partition, offset: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    if (offset < endOf(partition)) return wake()
    partition.waiting.add(wake)
    return Effect.sync(() => partition.waiting.delete(wake))
  })

const pageOf = (partition: Partition, offset: number, maxBytes: number): LogPage => {
  const first = offset - partition.start
  let next = first
  let bytes = 0
  while (next < partition.records.length) {
    bytes += sizeOf(partition.records[next]!)
    if (bytes > maxBytes && next > first) break
    next++
  }
  return {
    records: partition.records.slice(first, next),
    nextOffset: partition.start + next,
    logStart: partition.start,
    stableEnd: endOf(partition)
  }
}

/**
 * Makes a log that lives in the memory of this process, with all its topics empty.
 *
 * **When to use**
 *
 * For tests, and for programs whose truth need not outlive them.
 *
 * **Gotchas**
 *
 * A read answers with the log's own bytes: do not write to them.
 */
const make = (options: MemoryLogOptions = {}): MemoryLog => {
  const partitions = options.partitions ?? 1
  const maxRecordBytes = options.maxRecordBytes ?? 1_048_588
  const topics = new Map<string, ReadonlyArray<Partition>>()

  const create = (topic: string, count: number): ReadonlyArray<Partition> => {
    const created = Array.from({ length: count }, () => ({ records: [], start: 0, waiting: new Set<() => void>() }))
    topics.set(topic, created)
    return created
  }
  if (typeof partitions !== "number") {
    for (const [topic, count] of Object.entries(partitions)) create(topic, count)
  }

  const failure = (
    operation: CommitLogError["operation"],
    reason: CommitLogErrorReason,
    message: string,
    place: Pick<CommitLogError, "topic" | "partition" | "offset" | "logStart">
  ): Effect.Effect<never, CommitLogError> => Effect.fail(new CommitLogError({ operation, reason, message, ...place }))

  const topicNamed = (
    operation: CommitLogError["operation"],
    topic: string
  ): Effect.Effect<ReadonlyArray<Partition>, CommitLogError> =>
    Effect.suspend(() => {
      const found = topics.get(topic)
      if (found !== undefined) return Effect.succeed(found)
      if (typeof partitions === "number") return Effect.succeed(create(topic, partitions))
      const message = `Topic ${topic} does not exist in this log: list it in the log's partitions.`
      return failure(operation, "UnknownTopic", message, { topic })
    })

  const partitionOf = (
    operation: CommitLogError["operation"],
    topic: string,
    partition: number
  ): Effect.Effect<Partition, CommitLogError> =>
    Effect.flatMap(topicNamed(operation, topic), (all) => {
      const found = all[partition]
      if (found !== undefined) return Effect.succeed(found)
      const message = `Topic ${topic} has ${all.length} partitions, and no partition ${partition}: use a number below.`
      return failure(operation, "UnknownTopic", message, { topic, partition })
    })

  const append = Effect.fnUntraced(function* (request: AppendRequest) {
    const { topic, partition: index, timestamp } = request
    const partition = yield* partitionOf("append", topic, index)
    const size = sizeOf(request)
    if (size > maxRecordBytes) {
      const message = `A record of ${size} bytes is more than topic ${topic} takes (${maxRecordBytes}): split it.`
      return yield* failure("append", "TooLarge", message, { topic, partition: index })
    }
    const offset = endOf(partition)
    partition.records.push({
      offset,
      timestamp,
      key: copyOf(request.key),
      value: copyOf(request.value),
      headers: request.headers.map(({ name, value }) => ({ name, value: copyOf(value) }))
    })
    for (const wake of partition.waiting) wake()
    partition.waiting.clear()
    return offset
  })

  const read = Effect.fnUntraced(function* (request: ReadRequest) {
    const { topic, offset, partition: index } = request
    const partition = yield* partitionOf("read", topic, index)
    if (offset === endOf(partition) && request.maxWaitMs > 0) {
      yield* Effect.timeoutOption(untilAppended(partition, offset), request.maxWaitMs)
    }
    if (offset < partition.start || offset > endOf(partition)) {
      const range = `${partition.start} to ${endOf(partition)}`
      const message = `Offset ${offset} is outside of ${topic}-${index}, which has ${range}: choose a position in it.`
      const below = offset < partition.start ? { logStart: partition.start } : {}
      return yield* failure("read", "OffsetOutOfRange", message, { topic, partition: index, offset, ...below })
    }
    return pageOf(partition, offset, request.maxBytes)
  })

  return {
    append,
    read,
    partitions: (topic) => Effect.map(topicNamed("topics", topic), (all) => all.length),
    topics: Effect.sync(() => Array.from(topics.keys()).sort()),
    trim: (topic, index, offset) =>
      Effect.map(partitionOf("topics", topic, index), (partition) => {
        const start = Math.min(Math.max(offset, partition.start), endOf(partition))
        partition.records = partition.records.slice(start - partition.start)
        partition.start = start
      })
  }
}

/** Makes logs in memory: {@link make}. */
export const MemoryLog = { make } as const
