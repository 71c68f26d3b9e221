import * as Result from "effect/Result"
import * as fc from "fast-check"
import { createRequire } from "node:module"
import { gunzipSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { EncodeError } from "../../../core/bytes/index.ts"
import {
  batchBytes,
  BatchError,
  type BatchHeader,
  type CodecMissing,
  controlType,
  type Decompress,
  decodeRecords,
  encodeBatch,
  encodeControlBatch,
  noDecompress,
  placeBatch,
  readBatchHeader,
  sequenceAfter,
  splitBatches,
  validateBatch
} from "../../../core/log/index.ts"
import { newRecords, textRecord } from "./Arbitraries.ts"

const plain = { decompress: noDecompress, maxBytes: 1 << 20 }
const header = (bytes: Uint8Array): BatchHeader => Result.getOrThrow(validateBatch(bytes))
const reasonOf = <A>(result: Result.Result<A, BatchError | CodecMissing>): string =>
  Result.isFailure(result) ? (result.failure._tag === "BatchError" ? result.failure.reason : result.failure._tag) : "ok"
const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

describe("a record batch", () => {
  it("gives back the records that were written, headers of one name in their order", () => {
    fc.assert(
      fc.property(newRecords, fc.nat(1_000_000), (records, baseOffset) => {
        const decoded = Result.getOrThrow(decodeRecords(header(encodeBatch(records, { baseOffset })), plain))
        expect(decoded).toEqual(records.map((record, i) => ({ ...record, offset: baseOffset + i })))
      })
    )
  })

  it("says in its header what it was written with", () => {
    const records = [textRecord("a", 5), textRecord("b", 9), textRecord("c", 7)]
    const batch = encodeBatch(records, { producer: { id: 77, epoch: 3, sequence: 12 }, transactional: true })
    expect(header(batch)).toMatchObject({
      start: 0,
      size: batch.length,
      baseOffset: 0,
      lastOffset: 2,
      leaderEpoch: -1,
      codec: "none",
      logAppendTime: false,
      transactional: true,
      control: false,
      deleteHorizon: false,
      baseTimestamp: 5,
      maxTimestamp: 9,
      producerId: 77,
      producerEpoch: 3,
      baseSequence: 12,
      recordCount: 3
    })
  })

  it("keeps its checksum when the broker gives it its place", () => {
    const batch = encodeBatch([textRecord("a"), textRecord("b")])
    const placed = placeBatch(header(batch), 5_000_000_000_123, 4)
    expect(header(batch)).toEqual(placed)
    expect(placed).toMatchObject({ baseOffset: 5_000_000_000_123, lastOffset: 5_000_000_000_124, leaderEpoch: 4 })
  })

  it("reads every record's time as the batch's greatest when the broker set the time", () => {
    const batch = encodeBatch([textRecord("a", 5), textRecord("b", 9)])
    batch[22] = batch[22]! | 8
    const read = Result.getOrThrow(readBatchHeader(batch))
    expect(Result.getOrThrow(decodeRecords(read, plain)).map((record) => record.timestamp)).toEqual([9, 9])
  })

  it("is refused when any byte under its checksum changes", () => {
    const batch = encodeBatch([textRecord("some value")])
    for (let at = 17; at < batch.length; at++) {
      const changed = batch.slice()
      changed[at] = changed[at]! ^ 0x04
      expect(Result.isFailure(validateBatch(changed))).toBe(true)
    }
  })

  it("is truncated at every length below its own", () => {
    fc.assert(
      fc.property(newRecords, (records) => {
        const batch = encodeBatch(records)
        for (let end = 0; end < batch.length; end++) expect(reasonOf(validateBatch(batch, 0, end))).toBe("Truncated")
      }),
      { numRuns: 20 }
    )
  })

  it("never crashes a reader, whatever the bytes", () => {
    fc.assert(
      fc.property(newRecords, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), (records, changes) => {
        const batch = encodeBatch(records)
        for (const [at, byte] of changes) batch[at % batch.length] = byte
        const read = readBatchHeader(batch)
        if (Result.isSuccess(read)) decodeRecords(read.success, plain)
        else expect(read.failure).toBeInstanceOf(BatchError)
      }),
      { numRuns: 1000 }
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Result.isFailure(validateBatch(bytes))).toBe(true)
      })
    )
  })

  it("with a claimed count that its bytes cannot hold is refused before anything is allocated", () => {
    const batch = encodeBatch([textRecord("a")])
    const data = new DataView(batch.buffer, batch.byteOffset)
    data.setInt32(23, 0x7ffffffe)
    data.setInt32(57, 0x7fffffff)
    expect(reasonOf(decodeRecords(Result.getOrThrow(readBatchHeader(batch)), plain))).toBe("InvalidRecords")
  })

  it("of another magic, of no length, or with numbers beyond 2^53 - 1 is a typed error", () => {
    const changed = (at: number, ...bytes: ReadonlyArray<number>): string => {
      const batch = encodeBatch([textRecord("a")])
      batch.set(bytes, at)
      return reasonOf(readBatchHeader(batch))
    }
    expect(changed(16, 1)).toBe("UnsupportedMagic")
    expect(changed(8, 0, 0, 0, 12)).toBe("InvalidLength")
    expect(changed(8, 0xff, 0xff, 0xff, 0xff)).toBe("InvalidLength")
    expect(changed(0, 0, 0x20, 0, 0, 0, 0, 0, 0)).toBe("NumberTooLarge")
    expect(changed(0, 0x80)).toBe("InvalidHeader")
    expect(changed(22, 7)).toBe("InvalidHeader")
  })

  it("needs at least one record", () => {
    expect(() => encodeBatch([])).toThrow(EncodeError)
  })
})

describe("compression", () => {
  const gzip: Decompress = (codec, bytes, maxBytes) =>
    codec === "gzip" ? gunzipSync(bytes, { maxOutputLength: maxBytes }) : noDecompress(codec, bytes, maxBytes)
  const compression = { codec: "gzip", compress: gzipSync } as const

  it("round-trips through the codec that was given", () => {
    fc.assert(
      fc.property(newRecords, (records) => {
        const batch = header(encodeBatch(records, { compression }))
        const decoded = Result.getOrThrow(decodeRecords(batch, { decompress: gzip, maxBytes: 1 << 20 }))
        const plainValues = decoded.map(({ value }) => (value === null ? null : Array.from(value)))
        expect(plainValues).toEqual(records.map(({ value }) => (value === null ? null : Array.from(value))))
      })
    )
  })

  it("lacking is an error that names the codec", () => {
    const result = decodeRecords(header(encodeBatch([textRecord("a")], { compression })), plain)
    expect(Result.isFailure(result) && result.failure).toMatchObject({ _tag: "CodecMissing", codec: "gzip" })
  })

  it("is bounded in what it may expand to", () => {
    const batch = header(encodeBatch([textRecord("a".repeat(100_000))], { compression }))
    expect(reasonOf(decodeRecords(batch, { decompress: gzip, maxBytes: 10_000 }))).toBe("DecompressionFailed")
  })
})

describe("a run of batches", () => {
  const a = encodeBatch([textRecord("a"), textRecord("b")])
  const b = encodeBatch([textRecord("c")], { baseOffset: 2 })

  it("is split into its batches without copying", () => {
    const bytes = concat(a, b)
    const run = splitBatches(bytes)
    expect(run.batches.map((batch) => [batch.baseOffset, batch.lastOffset])).toEqual([
      [0, 1],
      [2, 2]
    ])
    expect(run.end).toBe(bytes.length)
    expect(run.stop).toBeUndefined()
    expect(batchBytes(run.batches[1]!).buffer).toBe(bytes.buffer)
  })

  it("may end inside a batch: those before it stand", () => {
    const bytes = concat(a, b)
    for (let end = a.length + 1; end < bytes.length; end++) {
      const run = splitBatches(bytes, 0, end)
      expect(run.batches.length).toBe(1)
      expect(run.end).toBe(a.length)
      expect(run.stop?.reason).toBe("Truncated")
    }
  })

  it("stops at the first batch with a wrong checksum when asked to look", () => {
    const bytes = concat(a, b)
    bytes[bytes.length - 1] = bytes[bytes.length - 1]! ^ 1
    expect(splitBatches(bytes, 0, bytes.length, validateBatch).stop).toMatchObject({
      reason: "ChecksumMismatch",
      position: a.length
    })
    expect(splitBatches(bytes).stop).toBeUndefined()
  })
})

describe("control batches", () => {
  it("are recognisable and say how the transaction ended", () => {
    for (const type of ["abort", "commit"] as const) {
      const bytes = encodeControlBatch({ type, producerId: 9, producerEpoch: 2, coordinatorEpoch: 7, timestamp: 3 })
      const batch = header(bytes)
      expect(batch).toMatchObject({ control: true, transactional: true, producerId: 9, baseSequence: -1 })
      const records = Result.getOrThrow(decodeRecords(batch, plain))
      expect(records.map(controlType)).toEqual([type])
      expect(Array.from(records[0]!.key!)).toEqual([0, 0, 0, type === "abort" ? 0 : 1])
    }
  })
})

describe("sequence numbers", () => {
  it("wrap from 2^31 - 1 to 0", () => {
    expect(sequenceAfter(5, 3)).toBe(8)
    expect(sequenceAfter(2147483647, 1)).toBe(0)
    expect(sequenceAfter(2147483640, 10)).toBe(2)
  })
})

describe("beside kafkajs", () => {
  const require = createRequire(import.meta.url)
  const kafkajsBatch = require("kafkajs/src/protocol/recordBatch/v0/index.js").RecordBatch
  const kafkajsRecord = require("kafkajs/src/protocol/recordBatch/record/v0/index.js")
  const kafkajsDecode = require("kafkajs/src/protocol/recordBatch/v0/decoder.js")
  const KafkajsDecoder = require("kafkajs/src/protocol/decoder.js")

  const records = [
    {
      timestamp: 1_700_000_000_000,
      key: Buffer.from("k"),
      value: Buffer.from("value ä"),
      headers: [
        { name: "h", value: Buffer.from("1") },
        { name: "h", value: Buffer.from("2") },
        { name: "i", value: Buffer.alloc(0) }
      ]
    },
    { timestamp: 1_700_000_000_777, key: null, value: null, headers: [] },
    { timestamp: 1_700_000_000_500, key: Buffer.alloc(0), value: Buffer.alloc(300, 1), headers: [] }
  ]

  it("a batch has the same bytes", async () => {
    const theirs = await kafkajsBatch({
      firstTimestamp: 1_700_000_000_000,
      maxTimestamp: 1_700_000_000_777,
      partitionLeaderEpoch: 4,
      lastOffsetDelta: 2,
      producerId: 5,
      producerEpoch: 6,
      firstSequence: 7,
      records: records.map((record, i) =>
        kafkajsRecord({
          offsetDelta: i,
          timestampDelta: record.timestamp - 1_700_000_000_000,
          key: record.key,
          value: record.value,
          headers: i === 0 ? { h: [Buffer.from("1"), Buffer.from("2")], i: Buffer.alloc(0) } : {}
        })
      )
    })
    const ours = encodeBatch(records, { leaderEpoch: 4, producer: { id: 5, epoch: 6, sequence: 7 } })
    expect(Buffer.from(ours).toString("hex")).toBe(theirs.buffer.toString("hex"))
  })

  it("reads what we write", async () => {
    const ours = encodeBatch(records, { baseOffset: 40 })
    const theirs = await kafkajsDecode(new KafkajsDecoder(Buffer.from(ours)))
    expect(theirs.records.map((record: { offset: string }) => record.offset)).toEqual(["40", "41", "42"])
    expect(theirs.records[0].value.toString()).toBe("value ä")
    expect(theirs.records[0].headers.h.map(String)).toEqual(["1", "2"])
    expect(theirs.records[1].value).toBeNull()
    expect(theirs.records[2].timestamp).toBe("1700000000500")
  })
})
