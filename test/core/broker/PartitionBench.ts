import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeMemoryDisk, type MemoryDisk } from "../../../adapters/memory/index.ts"
import type { PartitionInput, PartitionOutput } from "../../../core/broker/PartitionLogIo.ts"
import { partitionLog } from "../../../core/broker/PartitionLog.ts"
import { openPartitionLog, type PartitionLogConfig, type PartitionState } from "../../../core/broker/PartitionState.ts"
import {
  type BatchHeader,
  decodeRecords,
  encodeBatch,
  type NewRecord,
  noDecompress,
  readBatchHeader,
  splitBatches,
  validateBatch
} from "../../../core/log/index.ts"
import { performSteps, recover } from "../../../core/storage/index.ts"
import { textRecord } from "../log/Arbitraries.ts"

export const partition = { topic: "orders", partition: 0 }

export const defaults: PartitionLogConfig = {
  fsync: "none",
  fsyncIntervalMs: 100,
  segmentBytes: 1 << 20,
  maxBatchBytes: 1 << 20,
  maxPendingBytes: 1 << 20,
  retentionMs: -1,
  retentionBytes: -1,
  retentionCheckMs: 1000,
  decompress: noDecompress
}

type Work = PartitionOutput & { readonly _tag: "Perform" | "Read" }
export type Said = Exclude<PartitionOutput, Work>

const isWork = (output: PartitionOutput): output is Work => output._tag === "Perform" || output._tag === "Read"

/** A partition's log over a disk in memory, driven by hand: work of the disk waits until the test lets it happen. */
export class PartitionBench {
  readonly disk: MemoryDisk
  readonly state: PartitionState
  readonly work: Array<Work> = []
  readonly said: Array<Said> = []

  constructor(config: Partial<PartitionLogConfig> = {}, disk: MemoryDisk = makeMemoryDisk(), maxProducers = 100) {
    this.disk = disk
    const recovered = Effect.runSync(recover(disk, partition, { maxProducers }))
    this.state = openPartitionLog({ ...defaults, ...config }, recovered)
  }

  /** Feeds one input and gives the answers that come at once. */
  feed(input: PartitionInput): ReadonlyArray<Said> {
    const [, outputs] = partitionLog.step(this.state, input)
    this.work.push(...outputs.filter(isWork))
    const said = outputs.filter((output): output is Said => !isWork(output))
    this.said.push(...said)
    return said
  }

  /** Lets the disk do one piece of work, the oldest unless another is named; throws what the disk throws. */
  perform(index = 0): ReadonlyArray<Said> {
    const [work] = this.work.splice(index, 1)
    if (work === undefined) return []
    return this.feed(
      work._tag === "Read"
        ? {
            _tag: "ReadDone",
            id: work.id,
            bytes: Effect.runSync(this.disk.read(work.path, work.position, work.length))
          }
        : (Effect.runSync(performSteps(this.disk, work.steps)), { _tag: "Performed", id: work.id })
    )
  }

  /** Lets the disk work until nothing is left to do; gives the answers. */
  settle(): ReadonlyArray<Said> {
    const said: Array<Said> = []
    while (this.work.length > 0) said.push(...this.perform())
    return said
  }

  /** Feeds one input, lets the disk finish, and gives the answers without the news of high watermarks. */
  ask(input: PartitionInput): ReadonlyArray<Said> {
    return [...this.feed(input), ...this.settle()].filter(({ _tag }) => _tag !== "Advanced")
  }

  fetch(offset: number, maxBytes = 1 << 20) {
    const [answer] = this.ask({ _tag: "Fetch", id: 0, offset, maxBytes, isolation: "committed" })
    if (answer?._tag !== "Fetched") throw new Error(`not fetched: ${JSON.stringify(answer)}`)
    return answer
  }

  list(timestamp: number) {
    const [answer] = this.ask({ _tag: "ListOffset", id: 0, timestamp, isolation: "committed" })
    if (answer?._tag !== "ListedOffset") throw new Error(`not listed: ${JSON.stringify(answer)}`)
    return answer
  }

  /** All values from the log's start to the high watermark, by one fetch after the other. */
  values(maxBytes = 1 << 20): ReadonlyArray<string> {
    const all: Array<string> = []
    let offset = this.state.logStart
    while (offset < this.state.highWatermark) {
      const records = valuesOf(this.fetch(offset, maxBytes).records, offset)
      if (records.length === 0) throw new Error(`nothing at ${offset}`)
      all.push(...records)
      offset += records.length
    }
    return all
  }
}

const text = new TextDecoder()

/** The values from `offset` on in a run of whole and valid batches. */
export const valuesOf = (bytes: Uint8Array, offset = 0): ReadonlyArray<string> => {
  const run = splitBatches(bytes, 0, bytes.length, validateBatch)
  if (run.stop !== undefined) throw run.stop
  return run.batches.flatMap((batch) =>
    Result.getOrThrow(decodeRecords(batch, { decompress: noDecompress, maxBytes: 1 << 20 }))
      .filter((record) => record.offset >= offset)
      .map((record) => text.decode(record.value!))
  )
}

/** A batch as it comes from a producer. */
export const batchOf = (
  records: ReadonlyArray<NewRecord>,
  options: Parameters<typeof encodeBatch>[1] = {}
): BatchHeader => Result.getOrThrow(readBatchHeader(encodeBatch(records, options)))

let ids = 100

/** An append of these values by a plain producer. */
export const append = (...values: ReadonlyArray<string>): PartitionInput & { _tag: "Append" } => ({
  _tag: "Append",
  id: ids++,
  acks: -1,
  batches: [batchOf(values.map((value) => textRecord(value)))]
})

/** An append by an idempotent producer. */
export const sequenced = (
  producer: { readonly id: number; readonly epoch: number; readonly sequence: number },
  ...values: ReadonlyArray<string>
): PartitionInput & { _tag: "Append" } => ({
  _tag: "Append",
  id: ids++,
  acks: -1,
  batches: [
    batchOf(
      values.map((value) => textRecord(value)),
      { producer }
    )
  ]
})
