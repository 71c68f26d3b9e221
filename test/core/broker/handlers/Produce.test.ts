import { gunzipSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { crc32c } from "../../../../core/bytes/index.ts"
import {
  CodecMissing,
  type CompressionCodec,
  type Decompress,
  encodeBatch,
  encodeControlBatch
} from "../../../../core/log/index.ts"
import { ErrorCode } from "../../../../core/protocol/index.ts"
import { batchOf, BrokerBench, record } from "../BrokerBench.ts"

const withTopic = (configs: Readonly<Record<string, string>> = {}, partitions = 1): BrokerBench => {
  const bench = new BrokerBench()
  bench.createTopic("t", partitions, configs)
  return bench
}

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  bytes[at] = value
  return bytes
}

/** The batch with another count of records, and the checksum that belongs to it. */
const recounted = (batch: Uint8Array, count: number): Uint8Array => {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
  view.setInt32(57, count)
  view.setUint32(17, crc32c(batch, 21, batch.length))
  return batch
}

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

const producer = { id: 7, epoch: 0, sequence: 0 }

describe("Produce", () => {
  it("answers with the offset of the first record", () => {
    const bench = withTopic()
    expect(bench.produce("t", batchOf("a", "b"))).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 })
    expect(bench.produce("t", batchOf("c"))).toMatchObject({ errorCode: 0, baseOffset: 2 })
  })

  it("answers for several partitions together, in the order of the request", () => {
    const bench = withTopic({}, 2)
    const partitionData = [1, 9, 0].map((index) => ({ index, records: batchOf("x") }))
    const body = { acks: 1, timeoutMs: 1, topicData: [{ name: "t", partitionData }] }
    const { responses } = bench.ask("Produce", 9, body)
    expect(responses[0]?.partitionResponses.map(({ errorCode, index }) => [index, errorCode])).toEqual([
      [1, 0],
      [9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      [0, 0]
    ])
  })

  const refusals: ReadonlyArray<readonly [what: string, make: () => Uint8Array | null, code: keyof typeof ErrorCode]> =
    [
      ["no batch", () => null, "INVALID_RECORD"],
      ["zero bytes", () => new Uint8Array(0), "INVALID_RECORD"],
      ["two batches", () => joined(batchOf("a"), batchOf("b")), "INVALID_RECORD"],
      ["a format other than magic 2", () => changed(batchOf("a"), 16, 1), "INVALID_RECORD"],
      ["a base offset", () => encodeBatch([record("k", "v")], { baseOffset: 5 }), "INVALID_RECORD"],
      ["fewer records than it counts", () => recounted(batchOf("a", "b"), 3), "INVALID_RECORD"],
      ["more records than it counts", () => recounted(batchOf("a", "b"), 1), "INVALID_RECORD"],
      ["a wrong checksum", () => changed(batchOf("a"), 65, 99), "CORRUPT_MESSAGE"],
      ["a batch that is cut short", () => batchOf("abc").subarray(0, 66), "CORRUPT_MESSAGE"],
      [
        "a control batch",
        () =>
          encodeControlBatch({ type: "commit", producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 }),
        "INVALID_RECORD"
      ],
      [
        "a transactional batch",
        () => encodeBatch([record("k", "v")], { transactional: true, producer }),
        "INVALID_TXN_STATE"
      ]
    ]
  for (const [what, make, code] of refusals) {
    it(`answers ${what} with ${code}, and appends nothing`, () => {
      const bench = withTopic()
      expect(bench.produce("t", make())).toMatchObject({ errorCode: ErrorCode[code], baseOffset: -1 })
      expect(bench.produce("t", batchOf("next"))?.baseOffset).toBe(0)
    })
  }

  it("answers a batch above max.message.bytes with MESSAGE_TOO_LARGE", () => {
    const bench = withTopic({ "max.message.bytes": "100" })
    expect(bench.produce("t", batchOf("x".repeat(60)))?.errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE)
    expect(bench.produce("t", batchOf("x"))?.errorCode).toBe(0)
  })

  it("holds max.message.bytes against the batch as it is sent, compressed", () => {
    const bench = withTopic({ "max.message.bytes": "120" })
    const batch = () =>
      encodeBatch([record("k", "x".repeat(1000))], { compression: { codec: "gzip", compress: gzipSync } })
    expect(batch().length).toBeLessThan(120)
    expect(bench.produce("t", batch())?.errorCode).toBe(0)
  })

  it("answers a batch above segment.bytes with RECORD_LIST_TOO_LARGE", () => {
    const bench = withTopic({ "segment.bytes": "1024" })
    expect(bench.produce("t", batchOf("x".repeat(1000)))?.errorCode).toBe(ErrorCode.RECORD_LIST_TOO_LARGE)
  })

  it("answers records without a key for a compacted topic with INVALID_RECORD, and says which", () => {
    const bench = withTopic({ "cleanup.policy": "compact" })
    const records = [record("k", "v"), record(null, "v"), record("", "v"), record(null, "v")]
    expect(bench.produce("t", encodeBatch(records))).toMatchObject({
      errorCode: ErrorCode.INVALID_RECORD,
      recordErrors: [{ batchIndex: 1 }, { batchIndex: 3 }]
    })
    expect(bench.produce("t", encodeBatch([record("k", "v")]))).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })

  it("looks for keys in compressed batches, too, where it has the codec", () => {
    const decompress: Decompress = (codec, bytes) => {
      if (codec !== "gzip") throw new CodecMissing({ codec })
      return gunzipSync(bytes)
    }
    const bench = new BrokerBench({ config: { decompress } })
    bench.createTopic("t", 1, { "cleanup.policy": "compact" })
    const send = (codec: CompressionCodec, compress: (bytes: Uint8Array) => Uint8Array) =>
      bench.produce("t", encodeBatch([record(null, "v")], { compression: { codec, compress } }))?.errorCode
    expect(send("gzip", gzipSync)).toBe(ErrorCode.INVALID_RECORD)
    expect(send("gzip", (bytes) => bytes)).toBe(ErrorCode.CORRUPT_MESSAGE)
    expect(send("lz4", (bytes) => bytes)).toBe(0)
  })

  it("takes a plain producer's batch that has an epoch and a sequence, but no producer id", () => {
    const bench = withTopic()
    const plain = () => encodeBatch([record("k", "v")], { producer: { id: -1, epoch: 0, sequence: 0 } })
    expect(bench.produce("t", plain())).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(bench.produce("t", plain())).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  it("answers zstd before version 7 with UNSUPPORTED_COMPRESSION_TYPE", () => {
    const zstd = encodeBatch([record("k", "v")], { compression: { codec: "zstd", compress: (bytes) => bytes } })
    const code = ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    expect(withTopic().produce("t", zstd.slice(), { version: 6 })?.errorCode).toBe(code)
    expect(withTopic().produce("t", zstd.slice(), { version: 7 })?.errorCode).toBe(0)
  })

  it("lets nobody write to an internal topic but Kafka's own tools", () => {
    const bench = withTopic()
    const send = (clientId: string) => bench.produce("__consumer_offsets", batchOf("x"), { clientId })?.errorCode
    expect(send("client")).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
    expect(send("__admin_client")).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it("answers versions below 3 in their own layout with UNSUPPORTED_VERSION", () => {
    const answer = withTopic().produce("t", batchOf("x"), { version: 2 })
    expect(answer?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  })

  it("answers acks other than -1, 0 and 1 with INVALID_REQUIRED_ACKS", () => {
    const topicData = [{ name: "t", partitionData: [{ index: 0, records: batchOf("x") }] }]
    const { responses } = withTopic().ask("Produce", 9, { acks: 2, timeoutMs: 1, topicData })
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS)
  })

  it("with acks 0 has no answer, and ends the connection when it fails", () => {
    const bench = withTopic()
    const send = (name: string) => {
      const topicData = [{ name, partitionData: [{ index: 0, records: batchOf("x") }] }]
      return bench.outcome("Produce", bench.send("Produce", 9, { acks: 0, timeoutMs: 1, topicData }))
    }
    expect(send("t")).toBe("NoReply")
    expect(send("missing")).toBe("Close")
    expect(bench.produce("t", batchOf("x"))?.baseOffset).toBe(1)
  })

  it("appends an idempotent batch once, however often it is sent", () => {
    const bench = withTopic()
    const batch = () => encodeBatch([record("k", "v")], { producer })
    expect(bench.produce("t", batch())).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(bench.produce("t", batch())).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(bench.produce("t", batchOf("x"))?.baseOffset).toBe(1)
  })

  it("answers a gap in an idempotent producer's sequence with OUT_OF_ORDER_SEQUENCE_NUMBER", () => {
    const bench = withTopic()
    bench.produce("t", encodeBatch([record("k", "v")], { producer }))
    const late = encodeBatch([record("k", "v")], { producer: { ...producer, sequence: 5 } })
    expect(bench.produce("t", late)?.errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  it("takes a partition offline whose disk fails, says so once, and serves the others", () => {
    const bench = withTopic({}, 2)
    bench.disk.crashAfter(0)
    const code = ErrorCode.KAFKA_STORAGE_ERROR
    expect(bench.produce("t", batchOf("x"))?.errorCode).toBe(code)
    expect(bench.produce("t", batchOf("x"))?.errorCode).toBe(code)
    expect(bench.reports).toHaveLength(1)
    expect(bench.reports[0]).toContain("t-0")
    expect(bench.fetched(bench.fetch("t", 0, { index: 1 }))?.errorCode).toBe(0)
  })
})

describe("InitProducerId", () => {
  const init = (bench: BrokerBench, transactionalId: string | null = null) =>
    bench.ask("InitProducerId", 4, { transactionalId, transactionTimeoutMs: 1000 })

  it("never gives an id twice, also not over restarts", () => {
    const bench = new BrokerBench()
    const first = [init(bench), init(bench)]
    const next = new BrokerBench({ disk: bench.disk })
    const ids = [...first, init(next), init(next)].map(({ producerId }) => producerId)
    expect(new Set(ids).size).toBe(4)
    expect(first.map(({ errorCode, producerEpoch }) => [errorCode, producerEpoch])).toEqual([
      [0, 0],
      [0, 0]
    ])
  })

  it("gives an id only after its block is durable", () => {
    const bench = new BrokerBench()
    bench.isHolding = true
    const ids = [1, 2].map(() => bench.send("InitProducerId", 1, { transactionalId: null, transactionTimeoutMs: 1 }))
    expect(ids.map((id) => bench.outcome("InitProducerId", id))).toEqual([undefined, undefined])
    while (bench.held.length > 0) bench.release()
    expect(ids.map((id) => bench.outcome("InitProducerId", id))).toMatchObject([{ producerId: 0 }, { producerId: 1 }])
  })

  it("answers an empty transactional id, and half an id to go on with, with INVALID_REQUEST", () => {
    const bench = new BrokerBench()
    const half = { transactionalId: null, transactionTimeoutMs: 1, producerId: 5, producerEpoch: -1 }
    expect(init(bench, "").errorCode).toBe(ErrorCode.INVALID_REQUEST)
    expect(bench.ask("InitProducerId", 3, half).errorCode).toBe(ErrorCode.INVALID_REQUEST)
    expect(bench.ask("InitProducerId", 3, { ...half, producerId: 0, producerEpoch: 0 }).errorCode).toBe(0)
  })

  it("answers a transactional id with UNSUPPORTED_VERSION", () => {
    expect(init(new BrokerBench(), "tx").errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  })

  it("answers KAFKA_STORAGE_ERROR when no block can be set aside", () => {
    const bench = new BrokerBench()
    bench.disk.crashAfter(0)
    expect(init(bench).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(init(bench).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  })
})
