import fc from "fast-check"
import { getOrThrow } from "effect/Result"
import { compareUtf8, crc32c, decodeUtf8, decodeUtf8Strict, encodeUtf8, murmur2 } from "../../core/bytes/index.ts"
import { sha256Hex, shortenedText, shownText } from "../../core/bytes/index.ts"
import { actionHeaderName, checkJson, decodeAction, decodeEvents, encodeAction } from "../../core/journal/index.ts"
import { encodeEvents, jsonPayload, parseExpireAfter } from "../../core/journal/index.ts"
import type { PayloadType } from "../../core/journal/index.ts"
import { decodeRecords, encodeBatch, noDecompress, partitionFor, validateBatch } from "../../core/log/index.ts"
import type { LogRecord } from "../../core/log/index.ts"
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "../../core/protocol/index.ts"
import { newRecords } from "../core/log/Arbitraries.ts"
import { everyVersion, valueOf } from "../core/protocol/MessageArbitrary.ts"
import actionHeaders from "../golden/action-headers.json" with { type: "json" }
import rawRecords from "../golden/raw-records.json" with { type: "json" }
import recordValues from "../golden/record-values.json" with { type: "json" }
import wireRecords from "../golden/wire-records.json" with { type: "json" }
import { damaged, outcomeOf, samples } from "./Samples.ts"

interface GoldenRecord {
  readonly offset?: string
  readonly timestamp: number | null
  readonly keyHex: string | null
  readonly valueHex: string | null
  readonly headers: ReadonlyArray<{ readonly name: string; readonly valueHex: string | null }>
}

interface GoldenBytes {
  readonly text?: string
  readonly hex?: string
  readonly payloadType?: string
  readonly valueUtf8?: string
  readonly valueHex?: string
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const optionalBytes = (hex: string | null): Uint8Array | null => (hex === null ? null : bytesOf(hex))

const recordOf = ({ headers, keyHex, offset, timestamp, valueHex }: GoldenRecord): LogRecord => ({
  offset: Number(offset ?? 0),
  timestamp: timestamp ?? -1,
  key: optionalBytes(keyHex),
  value: optionalBytes(valueHex),
  headers: headers.map((header) => ({ name: header.name, value: optionalBytes(header.valueHex) }))
})

/** A record as it is read, its events, and both as they are written again. */
const recordVector = (record: LogRecord): unknown => {
  const decoded = decodeAction(record)
  const action = decoded._tag === "Success" ? decoded.success : undefined
  if (action === undefined) return outcomeOf(decoded)
  const written = outcomeOf(encodeAction(action))
  if (action._tag !== "Append") return [action, written]
  const events = decodeEvents(action.payloadType, action.value)
  if (events._tag === "Failure") return [action, written, events.failure]
  const payloads = events.success.events.map(({ payload }) =>
    payload === undefined ? undefined : outcomeOf(jsonPayload.decode(payload))
  )
  return [action, written, events.success, payloads, outcomeOf(encodeEvents(events.success))]
}

const vectorsOf = <A>(golden: { readonly vectors: ReadonlyArray<unknown> }): ReadonlyArray<A> =>
  golden.vectors as ReadonlyArray<A>

/** Records of journals, as kafka-journal and foreign producers have written them. */
export const journalRecords = (): unknown => [
  vectorsOf<{ readonly record: GoldenRecord }>(wireRecords).map(({ record }) => recordVector(recordOf(record))),
  vectorsOf<{ readonly record: GoldenRecord }>(rawRecords).map(({ record }) => recordVector(recordOf(record)))
]

/** Headers of records, right and wrong ones. */
export const actionHeadersRead = (): unknown =>
  vectorsOf<GoldenBytes>(actionHeaders).map(({ hex, text }) =>
    recordVector({
      offset: 0,
      timestamp: 1,
      key: encodeUtf8("k"),
      value: encodeUtf8("{}"),
      headers: [{ name: actionHeaderName, value: text === undefined ? bytesOf(hex ?? "") : encodeUtf8(text) }]
    })
  )

/** Values of append records in every version, right and wrong ones. */
export const payloads = (): unknown =>
  vectorsOf<GoldenBytes>(recordValues).map(({ payloadType, valueHex, valueUtf8 }) =>
    outcomeOf(
      decodeEvents(
        payloadType as PayloadType,
        valueUtf8 === undefined ? bytesOf(valueHex ?? "") : encodeUtf8(valueUtf8)
      )
    )
  )

const version = { apiVersion: 0, correlationId: 7 }

/** Each message of the protocol in each version, both ways, and damaged. */
export const wire = (): unknown =>
  everyVersion.map(([name, apiVersion, message]) => {
    const requests = samples(valueOf(message.request, apiVersion), 3).map((body) => {
      const frame = getOrThrow(encodeRequest(message, { ...version, apiVersion, clientId: "c" }, body)).subarray(4)
      return [frame, ...[frame, ...damaged(frame, frame.length * 3)].map((bytes) => outcomeOf(decodeRequest(bytes)))]
    })
    const responses = samples(valueOf(message.response, apiVersion), 3).map((body) => {
      const frame = getOrThrow(encodeResponse(message, { ...version, apiVersion }, body)).subarray(4)
      const all = [frame, ...damaged(frame, frame.length * 5)]
      return [frame, ...all.map((bytes) => outcomeOf(decodeResponse(message, apiVersion, bytes)))]
    })
    return [name, apiVersion, requests, responses]
  })

/** Batches of records, whole and damaged. */
export const batches = (): unknown =>
  samples(fc.tuple(newRecords, fc.nat(10_000)), 60).map(([records, at]) => {
    const batch = encodeBatch(records)
    const read = (bytes: Uint8Array): unknown => {
      const header = validateBatch(bytes)
      if (header._tag === "Failure") return header.failure
      return outcomeOf(decodeRecords(header.success, { decompress: noDecompress, maxBytes: 1_000_000 }))
    }
    return [batch, [batch, ...damaged(batch, at)].map(read), murmur2(batch), crc32c(batch)]
  })

const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })

/** Texts with any halves of surrogates, bytes that are no text, their order, digests and shortened forms. */
export const texts = (): unknown => [
  samples(fc.tuple(units, units), 200).map(([one, other]) => {
    const [a, b] = [String.fromCharCode(...one), String.fromCharCode(...other)]
    const utf8 = encodeUtf8(a)
    return [
      utf8.slice(),
      decodeUtf8(utf8),
      sha256Hex(utf8),
      compareUtf8(a, b),
      shortenedText(a, 40, sha256Hex),
      shownText(a)
    ]
  }),
  samples(fc.uint8Array({ maxLength: 60 }), 200).map((bytes) => [
    decodeUtf8(bytes),
    outcomeOf(decodeUtf8Strict(bytes))
  ]),
  samples(fc.string({ maxLength: 20 }), 100).map((key) => partitionFor(encodeUtf8(key), 50))
]

/** JSON as texts, numbers at the edges of doubles, and spellings of durations. */
export const json = (): unknown => [
  samples(fc.json(), 100).map((text) => [outcomeOf(checkJson(text)), outcomeOf(checkJson(text.slice(1)))]),
  samples(fc.double(), 200).map((value) => outcomeOf(jsonPayload.encode(value))),
  ["30 days", "0 days", "-3 h", "1.5 minutes", "9007199254740993 ns", "Inf", "a while"].map((text) =>
    outcomeOf(parseExpireAfter(text))
  )
]
