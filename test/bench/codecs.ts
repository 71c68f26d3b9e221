import { crc32 } from "node:zlib"
import * as Result from "effect/Result"
import { crc32c, encodeUtf8 } from "../../core/bytes/index.ts"
import { decodeEvents, encodeEvents } from "../../core/journal/index.ts"
import type { Event } from "../../core/journal/index.ts"
import type { Area, Comparison } from "./Bench.ts"

const mebibyte = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => (at * 31) & 255)

const payloadOf = (size: number): string => JSON.stringify({ text: "x".repeat(size - 11) })

const event = (seqNr: number): Event => ({ seqNr, tags: [], payload: { _tag: "Json", text: payloadOf(100) } })

const binaryEvent = (seqNr: number): Event => ({
  seqNr,
  tags: [],
  payload: { _tag: "Binary", bytes: encodeUtf8(payloadOf(100)) }
})

const tenOf = (make: (seqNr: number) => Event): readonly [Event, ...Array<Event>] => [
  make(1),
  ...Array.from({ length: 9 }, (_, at) => make(at + 2))
]

const valueOf = (events: readonly [Event, ...Array<Event>]) =>
  Result.getOrThrow(encodeEvents({ events, metadata: { expireAfter: undefined, data: undefined } }))

const decoding = (name: string, events: readonly [Event, ...Array<Event>]): Comparison => {
  const { payloadType, value } = valueOf(events)
  const jsonText = JSON.stringify(events.map(({ seqNr }) => ({ seqNr, tags: [], payload: payloadOf(100) })))
  const rounds = 1000
  return {
    name,
    unit: "events",
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
    baseline: {
      name: "JSON.parse of the same events",
      run: () => {
        let count = 0
        for (let round = 0; round < rounds; round++) count += (JSON.parse(jsonText) as Array<unknown>).length
        return count
      }
    }
  }
}

const comparisons: ReadonlyArray<Comparison> = [
  {
    name: "CRC-32C of 1 MiB",
    unit: "MiB",
    subject: { name: "core/bytes", run: () => (crc32c(mebibyte), 1) },
    baseline: { name: "zlib's native CRC-32", run: () => (crc32(mebibyte), 1) }
  },
  decoding("decode, binary, 1 event of 100 B", [binaryEvent(1)]),
  decoding("decode, binary, 10 events of 100 B", tenOf(binaryEvent)),
  decoding("decode, JSON, 10 events of 100 B", tenOf(event))
]

/** Pure codecs. */
export const codecs: Area = {
  name: "codecs",
  run: async (report) => {
    for (const comparison of comparisons) await report(comparison)
  }
}
