import { crc32 } from "node:zlib"
import * as Result from "effect/Result"
import { crc32c, encodeUtf8 } from "../../core/bytes/index.ts"
import { decodeEvents, encodeAction, encodeEvents } from "../../core/journal/index.ts"
import type { Event } from "../../core/journal/index.ts"
import { replicationBatch } from "../../core/journal/fold/ReplicationBatch.ts"
import { decodeRecords, encodeBatch, noDecompress, readBatchHeader } from "../../core/log/index.ts"
import type { Area, Comparison, Side } from "./Bench.ts"

const mebibyte = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => (at * 31) & 255)

const payloadOf = (size: number): string => JSON.stringify({ text: "x".repeat(size - 11) })

const event = (seqNr: number): Event => ({ seqNr, tags: [], payload: { _tag: "Json", text: payloadOf(100) } })

const binaryEvent = (seqNr: number): Event => ({
  seqNr,
  tags: [],
  payload: { _tag: "Binary", bytes: encodeUtf8(payloadOf(100)) }
})

type Events = Parameters<typeof encodeEvents>[0]["events"]

const eventsOf = (count: number, make: (seqNr: number) => Event): Events => [
  make(1),
  ...Array.from({ length: count - 1 }, (_, at) => make(at + 2))
]

const valueOf = (events: Events) =>
  Result.getOrThrow(encodeEvents({ events, metadata: { expireAfter: undefined, data: undefined } }))

/** What JSON costs in this runtime: the same events as a JSON value, from bytes to objects, `rounds` times. */
const parsing = (events: Events, rounds: number): Side => {
  const bytes = valueOf(events.map(({ seqNr }) => event(seqNr)) as unknown as Events).value
  const decoder = new TextDecoder()
  return {
    name: "JSON.parse of the same events",
    run: () => {
      let count = 0
      for (let round = 0; round < rounds; round++) count += JSON.parse(decoder.decode(bytes)).events.length
      return count
    }
  }
}

const decoding = (name: string, events: Events): Comparison => {
  const { payloadType, value } = valueOf(events)
  const rounds = 1000
  return {
    name,
    unit: "events",
    goal: 1,
    subject: {
      name: "decodeEvents",
      run: () => {
        let count = 0
        for (let round = 0; round < rounds; round++) {
          count += Result.getOrThrow(decodeEvents(payloadType, value)).events.length
        }
        return count
      }
    },
    baseline: parsing(events, rounds)
  }
}

const recordsOfBatch = 100

/** A batch of appends to ten journals, each record with the same number of events. */
const batchOf = (perRecord: number, make: (seqNr: number) => Event): Uint8Array =>
  encodeBatch(
    Array.from({ length: recordsOfBatch }, (_, record) => {
      const from = 1 + Math.floor(record / 10) * perRecord
      const events = eventsOf(perRecord, (at) => make(from + at - 1))
      return Result.getOrThrow(
        encodeAction({
          _tag: "Append",
          journalId: `journal-${record % 10}`,
          timestamp: 1_700_000_000_000 + record,
          origin: "bench",
          version: "odradek 0.1.0",
          range: { from, to: from + perRecord - 1 },
          headerMetadata: undefined,
          headers: new Map(),
          ...valueOf(events)
        })
      )
    })
  )

/** What a replicator does with what it has read: from the bytes of a batch to the actions of each journal. */
const reading = (name: string, perRecord: number, make: (seqNr: number) => Event): Comparison => {
  const bytes = batchOf(perRecord, make)
  const events = perRecord * recordsOfBatch
  return {
    name,
    unit: "events",
    subject: {
      name: "batch to events of each journal",
      run: () => {
        const header = Result.getOrThrow(readBatchHeader(bytes))
        const records = Result.getOrThrow(decodeRecords(header, { decompress: noDecompress, maxBytes: bytes.length }))
        const page = { records, nextOffset: recordsOfBatch, logStart: 0, stableEnd: recordsOfBatch }
        if (replicationBatch("bench", 0, page).records !== recordsOfBatch) throw new Error("a record is missing")
        return events
      }
    },
    baseline: parsing(eventsOf(perRecord, make), recordsOfBatch)
  }
}

const comparisons: ReadonlyArray<Comparison> = [
  {
    name: "CRC-32C of 1 MiB",
    unit: "MiB",
    subject: { name: "core/bytes", run: () => (crc32c(mebibyte), 1) },
    baseline: { name: "zlib's native CRC-32", run: () => (crc32(mebibyte), 1) }
  },
  decoding("decode, binary, 1 event of 100 B", eventsOf(1, binaryEvent)),
  decoding("decode, binary, 10 events of 100 B", eventsOf(10, binaryEvent)),
  decoding("decode, JSON, 1 event of 100 B", eventsOf(1, event)),
  decoding("decode, JSON, 10 events of 100 B", eventsOf(10, event)),
  reading("read a batch, binary, 1 event a record", 1, binaryEvent),
  reading("read a batch, binary, 10 events a record", 10, binaryEvent),
  reading("read a batch, JSON, 1 event a record", 1, event),
  reading("read a batch, JSON, 10 events a record", 10, event)
]

/** Pure codecs. */
export const codecs: Area = {
  name: "codecs",
  about: "the pure codecs",
  run: async (report) => {
    for (const comparison of comparisons) await report(comparison)
  }
}
