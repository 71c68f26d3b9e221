import { isFailure, isSuccess, getOrThrow } from "effect/Result"
import { afterAll, describe, expect, it } from "vitest"
import { decodeUtf8, encodeUtf8, murmur2 } from "../../../core/bytes/index.ts"
import type { Action } from "../../../core/journal/model/Action.ts"
import { actionHeaderName, decodeAction, encodeAction } from "../../../core/journal/codec/ActionCodec.ts"
import type { Event, Events } from "../../../core/journal/model/Events.ts"
import { writeBinaryEvents } from "../../../core/journal/codec/EventsBinary.ts"
import { decodeEvents, encodeEvents } from "../../../core/journal/codec/EventsCodec.ts"
import { writeJsonEvents } from "../../../core/journal/codec/EventsJson.ts"
import { parseExpireAfter } from "../../../core/journal/model/ExpireAfter.ts"
import { partitionFor } from "../../../core/log/index.ts"
import type { LogRecord, NewRecord } from "../../../core/log/index.ts"
import type { Payload } from "../../../core/ports/index.ts"
import actionHeaders from "../../golden/action-headers.json" with { type: "json" }
import placement from "../../golden/placement.json" with { type: "json" }
import rawRecords from "../../golden/raw-records.json" with { type: "json" }
import recordValues from "../../golden/record-values.json" with { type: "json" }
import wireRecords from "../../golden/wire-records.json" with { type: "json" }

interface GoldenPayload {
  readonly type: string
  readonly value?: unknown
  readonly hex?: string
}

interface GoldenEvent {
  readonly seqNr: string
  readonly tags: ReadonlyArray<string>
  readonly payload?: GoldenPayload
}

interface GoldenEvents {
  readonly events: ReadonlyArray<GoldenEvent>
  readonly expireAfter?: string
  readonly expireAfterMs?: number
  readonly expireAfterText?: string
  readonly payloadData?: unknown
}

interface GoldenAction extends Partial<GoldenEvents> {
  readonly action: string
  readonly origin?: string
  readonly version?: string
  readonly range?: readonly [string, string]
  readonly payloadType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly headerData?: unknown
  readonly id?: string
  readonly to?: string
}

interface GoldenHeader {
  readonly name: string
  readonly valueHex: string | null
}

interface GoldenRecord {
  readonly offset?: string
  readonly timestamp: number | null
  readonly keyHex: string | null
  readonly headers: ReadonlyArray<GoldenHeader>
  readonly valueHex: string | null
}

interface WireOperation extends Partial<GoldenEvents> {
  readonly jsonPayloadText?: string
  readonly headerData?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface WireVector {
  readonly name: string
  readonly codec: string
  readonly operation: WireOperation
  readonly record: GoldenRecord
  readonly readBack?: GoldenAction
}

interface HeaderVector {
  readonly name: string
  readonly text?: string
  readonly hex?: string
  readonly result: string
  readonly rewritten?: string
}

interface ValueVector {
  readonly name: string
  readonly payloadType: string
  readonly valueUtf8?: string
  readonly valueHex?: string
  readonly result: string
  readonly decoded?: GoldenEvents
}

interface RawVector {
  readonly name: string
  readonly record: GoldenRecord
  readonly result: string
  readonly decoded?: GoldenAction
}

const wireVectors: ReadonlyArray<WireVector> = (wireRecords as unknown as { vectors: Array<WireVector> }).vectors
const headerVectors: ReadonlyArray<HeaderVector> = actionHeaders.vectors
const valueVectors: ReadonlyArray<ValueVector> = (recordValues as unknown as { vectors: Array<ValueVector> }).vectors
const rawVectors: ReadonlyArray<RawVector> = (rawRecords as unknown as { vectors: Array<RawVector> }).vectors

const tooLarge = "sequence numbers end at 2^53 - 1: a typed error, where kafka-journal goes on to 2^63 - 1"

/** Vectors on which this library is meant to differ from kafka-journal, and why. */
const expectedDifferences: ReadonlyMap<string, string> = new Map([
  ["wire-records: sequence number 2^53 (default)", tooLarge],
  ["wire-records: sequence number 2^53+1 in a binary record (default)", tooLarge],
  ["wire-records: sequence number max in a binary record (default)", tooLarge],
  ["record-values: seqNr 2^63-1", tooLarge],
  ["record-values: seqNr max", tooLarge],
  [
    "raw-records: user header with null value",
    "a foreign header without a value is read as empty, where kafka-journal cannot read the record"
  ]
])

const seenDifferences = new Set<string>()

/** Runs a vector's comparison; where a difference is expected, the comparison has to fail. */
const compare = (name: string, comparison: () => void): void => {
  if (!expectedDifferences.has(name)) return comparison()
  expect(comparison).toThrow()
  seenDifferences.add(name)
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const optionalHex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : hexOf(bytes))

const optionalBytes = (hex: string | null): Uint8Array | null => (hex === null ? null : bytesOf(hex))

const recordOf = (record: GoldenRecord): LogRecord => ({
  offset: Number(record.offset ?? 0),
  timestamp: record.timestamp ?? -1,
  key: optionalBytes(record.keyHex),
  value: optionalBytes(record.valueHex),
  headers: record.headers.map(({ name, valueHex }) => ({ name, value: optionalBytes(valueHex) }))
})

const jsonTextOf = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value))

const payloadOf = (payload: GoldenPayload | undefined): Payload | undefined => {
  if (payload === undefined) return undefined
  switch (payload.type) {
    case "binary":
      return { _tag: "Binary", bytes: bytesOf(payload.hex ?? "") }
    case "text":
      return { _tag: "Text", text: String(payload.value) }
    default:
      return { _tag: "Json", text: JSON.stringify(payload.value) }
  }
}

const eventOf = ({ seqNr, tags, payload }: GoldenEvent): Event => ({
  seqNr: Number(seqNr),
  tags,
  payload: payloadOf(payload)
})

const eventsOf = (golden: GoldenEvents): Events => {
  const [first, ...rest] = golden.events.map(eventOf)
  if (first === undefined) throw new Error("a vector without events")
  return {
    events: [first, ...rest],
    metadata: { expireAfter: golden.expireAfter ?? golden.expireAfterText, data: jsonTextOf(golden.payloadData) }
  }
}

/** Events in the form of the vectors, with JSON as values. */
const goldenOf = ({ events, metadata }: Events): unknown => ({
  events: events.map(({ seqNr, tags, payload }) => ({
    seqNr: String(seqNr),
    tags,
    ...(payload === undefined ? {} : { payload: goldenPayload(payload) })
  })),
  ...(metadata.expireAfter === undefined ? {} : goldenDuration(metadata.expireAfter)),
  ...(metadata.data === undefined ? {} : { payloadData: JSON.parse(metadata.data) as unknown })
})

const goldenDuration = (text: string): { expireAfterMs: number; expireAfterText: string } => ({
  expireAfterMs: Number(getOrThrow(parseExpireAfter(text)).nanos / 1_000_000n),
  expireAfterText: text
})

const goldenPayload = (payload: Payload): GoldenPayload => {
  switch (payload._tag) {
    case "Binary":
      return { type: "binary", hex: hexOf(payload.bytes) }
    case "Text":
      return { type: "text", value: payload.text }
    case "Json":
      return { type: "json", value: JSON.parse(payload.text) as unknown }
  }
}

const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const goldenAction = (action: Action): Record<string, unknown> => {
  const base = { action: action._tag.toLowerCase(), ...present({ origin: action.origin, version: action.version }) }
  switch (action._tag) {
    case "Append":
      return {
        ...base,
        range: [String(action.range.from), String(action.range.to)],
        payloadType: action.payloadType,
        headers: Object.fromEntries(action.headers),
        ...(action.headerMetadata === undefined ? {} : { headerData: JSON.parse(action.headerMetadata) as unknown }),
        ...(goldenOf(getOrThrow(decodeEvents(action.payloadType, action.value))) as object)
      }
    case "Delete":
      return { ...base, to: String(action.to) }
    case "Purge":
      return base
    case "Mark":
      return { ...base, id: action.id }
  }
}

/** One spelling for each decimal number, without going through a double. */
const decimalOf = (text: string): string => {
  const [, sign, whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, "")
  const significant = digits.replace(/0+$/, "")
  if (significant === "") return "0"
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

/** The payloads of an append, all of them JSON numbers. */
const numbersOf = (action: Action): ReadonlyArray<string> =>
  action._tag !== "Append"
    ? []
    : getOrThrow(decodeEvents(action.payloadType, action.value)).events.map(({ payload }) =>
        payload?._tag === "Json" ? decimalOf(payload.text) : "not JSON"
      )

const withoutEnvelope = (golden: object): object =>
  Object.fromEntries(Object.entries(golden).filter(([name]) => !["ok", "key", "timestamp"].includes(name)))

/** The record in a form in which headers are compared as bytes, and the value as bytes or as JSON. */
const comparable = (record: NewRecord, isJson: boolean): unknown => ({
  timestamp: record.timestamp,
  key: optionalHex(record.key),
  action: record.headers.slice(0, 1).map(({ name, value }) => [name, optionalHex(value)]),
  headers: Object.fromEntries(record.headers.slice(1).map(({ name, value }) => [name, optionalHex(value)])),
  value: isJson && record.value !== null ? (JSON.parse(decodeUtf8(record.value)) as unknown) : optionalHex(record.value)
})

const headerText = (record: NewRecord): string => decodeUtf8(record.headers[0]?.value ?? new Uint8Array(0))

/** The events that the operation of a vector asked for. */
const eventsOfOperation = (vector: WireVector, action: Action): Events | undefined => {
  const { operation } = vector
  if (operation.events !== undefined) return eventsOf({ ...operation, events: operation.events })
  if (operation.jsonPayloadText === undefined || action._tag !== "Append") return undefined
  const payload: Payload = { _tag: "Json", text: operation.jsonPayloadText }
  return {
    events: [{ seqNr: action.range.from, tags: [], payload }],
    metadata: { expireAfter: undefined, data: undefined }
  }
}

/** The action of a vector with its value written anew from the operation. */
const writtenAction = (vector: WireVector, read: Action): Action => {
  const events = eventsOfOperation(vector, read)
  if (events === undefined || read._tag !== "Append") return read
  const { headerData, headers = {} } = vector.operation
  return {
    ...read,
    ...getOrThrow(encodeEvents(events)),
    headerMetadata: jsonTextOf(headerData),
    headers: new Map(Object.entries(headers))
  }
}

const wireName = ({ name, codec }: WireVector): string => `wire-records: ${name} (${codec})`

const readAction = (record: GoldenRecord): Action => {
  const action = getOrThrow(decodeAction(recordOf(record)))
  if (action === undefined) throw new Error("not a journal record")
  return action
}

describe("records that kafka-journal has written", () => {
  it.each(wireVectors.map((vector) => [wireName(vector), vector] as const))("%s: reads as there", (name, vector) => {
    compare(name, () => {
      const action = readAction(vector.record)
      const expected = vector.readBack
      if (expected !== undefined) expect(goldenAction(action)).toEqual(withoutEnvelope(expected))
      else expect(numbersOf(action)).toEqual([decimalOf(vector.operation.jsonPayloadText ?? "")])
    })
  })

  it.each(wireVectors.map((vector) => [wireName(vector), vector] as const))("%s: writes the same", (name, vector) => {
    compare(name, () => {
      const action = writtenAction(vector, readAction(vector.record))
      const written = getOrThrow(encodeAction(action))
      const isJson = action._tag === "Append" && action.payloadType === "json"
      const expected = recordOf(vector.record)
      if (vector.operation.jsonPayloadText === undefined) {
        return expect(comparable(written, isJson)).toEqual(comparable(expected, isJson))
      }
      expect({ ...written, value: null }).toEqual({ ...expected, offset: undefined, value: null })
      expect(numbersOf(action)).toEqual(numbersOf(readAction(vector.record)))
    })
  })
})

describe("journal.action headers", () => {
  const named = headerVectors.map((vector) => [`action-headers: ${vector.name}`, vector] as const)
  it.each(named)("%s", (name, { text, hex, result, rewritten }) => {
    const header = text === undefined ? bytesOf(hex ?? "") : encodeUtf8(text)
    compare(name, () => {
      const decoded = decodeAction({
        offset: 0,
        timestamp: 1,
        key: encodeUtf8("k"),
        value: encodeUtf8("{}"),
        headers: [{ name: actionHeaderName, value: header }]
      })
      if (result === "error") return expect(isFailure(decoded)).toBe(true)
      const action = getOrThrow(decoded)
      if (result === "skip") return expect(action).toBeUndefined()
      expect(action && headerText(getOrThrow(encodeAction(action)))).toBe(rewritten)
    })
  })
})

describe("values of append records", () => {
  const named = valueVectors.map((vector) => [`record-values: ${vector.name}`, vector] as const)

  const decode = ({ payloadType, valueHex, valueUtf8 }: ValueVector) =>
    decodeEvents(
      payloadType === "json" ? "json" : "binary",
      valueHex === undefined ? encodeUtf8(valueUtf8 ?? "") : bytesOf(valueHex)
    )

  it.each(named)("%s", (name, vector) => {
    compare(name, () => {
      const decoded = decode(vector)
      if (vector.result === "error") return expect(isFailure(decoded)).toBe(true)
      expect(goldenOf(getOrThrow(decoded))).toEqual(vector.decoded)
    })
  })

  it.each(named.filter(([name, { result }]) => result === "events" && !expectedDifferences.has(name)))(
    "%s: written anew, reads the same",
    (_, vector) => {
      const events = getOrThrow(decode(vector))
      const write = vector.payloadType === "json" ? writeJsonEvents : writeBinaryEvents
      expect(decode({ ...vector, valueHex: hexOf(write(events)) })).toEqual(decode(vector))
    }
  )
})

describe("records of foreign producers", () => {
  it.each(rawVectors.map((vector) => [`raw-records: ${vector.name}`, vector] as const))("%s", (name, vector) => {
    compare(name, () => {
      const decoded = decodeAction(recordOf(vector.record))
      switch (vector.result) {
        case "not a journal record":
          return expect(getOrThrow(decoded)).toBeUndefined()
        case "error":
          return expect(() => goldenAction(readAction(vector.record))).toThrow("Cannot read")
        default:
          expect(isSuccess(decoded)).toBe(true)
          expect(goldenAction(readAction(vector.record))).toEqual(withoutEnvelope(vector.decoded ?? {}))
      }
    })
  })
})

describe("placement of keys", () => {
  it.each(placement.heads.map(({ id, murmur2, partitions }) => [id, murmur2, partitions] as const))(
    "%j has the hash and partitions of Kafka's default partitioner",
    (id, hash, partitions) => {
      const key = encodeUtf8(id)
      expect(murmur2(key) | 0).toBe(hash)
      const counts = Object.keys(partitions).map(Number)
      expect(Object.fromEntries(counts.map((count) => [count, partitionFor(key, count)]))).toEqual(partitions)
    }
  )
})

describe("differences from kafka-journal", () => {
  it("are exactly the ones that are listed with a reason", () => {
    expect([...seenDifferences].sort()).toEqual([...expectedDifferences.keys()].sort())
  })

  afterAll(() => {
    for (const [name, reason] of expectedDifferences) console.log(`differs from kafka-journal: ${name}: ${reason}`)
  })
})
