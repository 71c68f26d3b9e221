import * as fc from "fast-check"
import { isFailure, isSuccess, getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeUtf8, encodeUtf8 } from "../../../../core/bytes/index.ts"
import type { Action } from "../../../../core/journal/model/Action.ts"
import { actionHeaderName, decodeAction, encodeAction } from "../../../../core/journal/codec/ActionCodec.ts"
import { maxSeqNr, minSeqNr } from "../../../../core/journal/model/SeqNr.ts"
import type { LogRecord, RecordHeader } from "../../../../core/log/index.ts"
import { oddText } from "../OddText.ts"

const recordWith = (header: string, changes: Partial<LogRecord> = {}): LogRecord => ({
  offset: 7,
  timestamp: 1,
  key: encodeUtf8("k"),
  value: encodeUtf8("{}"),
  headers: [{ name: actionHeaderName, value: encodeUtf8(header) }],
  ...changes
})

const purge = `{"purge":{}}`
const append = `{"append":{"range":{"from":1,"to":2},"payloadType":"json","metadata":{}}}`

const text = oddText(20)
const optionalText = fc.option(text, { nil: undefined })
const seqNr = fc.integer({ min: minSeqNr, max: maxSeqNr })
const base = {
  journalId: text,
  timestamp: fc.nat(),
  origin: optionalText,
  version: optionalText
}

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ _tag: fc.constant("Mark" as const), ...base, id: text }),
  fc.record({ _tag: fc.constant("Delete" as const), ...base, to: seqNr }),
  fc.record({ _tag: fc.constant("Purge" as const), ...base }),
  fc.record({
    _tag: fc.constant("Append" as const),
    ...base,
    range: fc.tuple(seqNr, seqNr).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
    payloadType: fc.constantFrom("binary" as const, "json" as const),
    headerMetadata: fc.option(
      fc
        .jsonValue({ maxDepth: 2 })
        .filter((value) => value !== null)
        .map((value) => JSON.stringify(value)),
      { nil: undefined }
    ),
    headers: fc
      .dictionary(
        text.filter((name) => name !== actionHeaderName),
        text
      )
      .map((headers): ReadonlyMap<string, string> => new Map(Object.entries(headers))),
    value: fc.uint8Array()
  })
)

describe("an action", () => {
  it("8. reads back from its record as it was", () => {
    fc.assert(
      fc.property(action, (written) => {
        const record = { ...getOrThrow(encodeAction(written)), offset: 0 }
        expect(getOrThrow(decodeAction(record))).toEqual(written)
      }),
      { numRuns: 300 }
    )
  })

  it("is an action, nobody's or a typed error, whatever is in its header", () => {
    const damaged = fc.tuple(action, fc.nat(), fc.nat(255)).map(([written, at, byte]) => {
      const header = getOrThrow(encodeAction(written)).headers[0]?.value ?? new Uint8Array(1)
      header[at % header.length] = byte
      return header
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (value) => {
        const decoded = decodeAction(recordWith("", { headers: [{ name: actionHeaderName, value }] }))
        expect(isSuccess(decoded) || decoded.failure._tag === "JournalDecodeError").toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  it("has its header cut short read as an error", () => {
    const cuts = Array.from(append, (_, length) => decodeAction(recordWith(append.slice(0, length))))
    for (const cut of cuts) expect(cut).toMatchObject({ failure: { reason: "MalformedJson", part: "header" } })
  })
})

describe("decodeAction", () => {
  it.each([
    ["no key", recordWith(purge, { key: null })],
    ["no timestamp", recordWith(purge, { timestamp: -1 })],
    ["no journal.action header", recordWith(purge, { headers: [] })],
    ["an append without a value", recordWith(append, { value: null })],
    ["a known action that is no object", recordWith(`{"append":1,"mark":null,"purge":[]}`)],
    ["an action that is not known", recordWith(`{"fork":{}}`)]
  ])("passes over a record with %s", (_, record) => {
    expect(getOrThrow(decodeAction(record))).toBeUndefined()
  })

  it.each([
    [`{"append":1,"mark":{"id":"m"}}`, "Mark"],
    [`{"purge":{},"delete":{"to":1},"mark":{"id":"m"}}`, "Mark"],
    [`{"mark":{"id":"m"},"mark":0,"purge":{}}`, "Purge"],
    [`{"delete":{},"delete":{"to":"x","to":1}}`, "Delete"],
    [`\ufeff ${purge} \n`, "Purge"]
  ])("reads %j as %s", (header, tag) => {
    expect(getOrThrow(decodeAction(recordWith(header)))?._tag).toBe(tag)
  })

  it.each([
    [`{"append":{"range":{"from":2,"to":1},"payloadType":"json"}}`, "InvalidField", "append.range"],
    [`{"append":{"range":[1,2],"payloadType":"json"}}`, "InvalidField", "append.range"],
    [`{"append":{"range":{"from":null,"to":1},"payloadType":"json"}}`, "InvalidField", "append.range.from"],
    [`{"append":{"range":{"from":"1","to":1},"payloadType":"json"}}`, "InvalidField", "append.range.from"],
    [`{"append":{"range":{"from":1,"to":1.5},"payloadType":"json"}}`, "InvalidField", "append.range.to"],
    [`{"append":{"range":{"from":1,"to":9007199254740992},"payloadType":"json"}}`, "SeqNrTooLarge", "append.range.to"],
    [`{"append":{"range":{"from":1,"to":1},"payloadType":"text"}}`, "InvalidField", "append.payloadType"],
    [`{"append":{"range":{"from":1,"to":1}}}`, "InvalidField", "append.payloadType"],
    [`{"purge":{"version":1}}`, "InvalidField", "purge.version"],
    [`{"delete":{"to":9223372036854775808}}`, "InvalidField", "delete.to"],
    [`{"mark":{}}`, "InvalidField", "mark.id"],
    [`{"purge":{}} {}`, "MalformedJson", ""]
  ])("2. and 7. refuses %s, naming the field and the record", (header, reason, field) => {
    const place = { offset: 7, journalId: "k" }
    expect(decodeAction(recordWith(header))).toMatchObject({ failure: { reason, part: "header", field, place } })
  })

  it("says in one sentence where the record is and what to do", () => {
    const decoded = decodeAction(recordWith(`{"mark":{"id":5}}`))
    expect(isFailure(decoded) && decoded.failure.at({ topic: "t", partition: 3 }).message).toBe(
      `Cannot read mark.id in the header of the record of journal "k" in topic t in partition 3 at offset 7: a string is expected, but 5 is there; find the program that wrote it, and skip the record only when its loss is acceptable.`
    )
  })

  it("takes null for a missing origin or version", () => {
    expect(getOrThrow(decodeAction(recordWith(`{"purge":{"origin":null,"version":null}}`)))).toMatchObject({
      origin: undefined,
      version: undefined
    })
  })

  it("takes the bound of a delete beyond 2^53 - 1 for 2^53 - 1", () => {
    expect(getOrThrow(decodeAction(recordWith(`{"delete":{"to":9223372036854775807}}`)))).toMatchObject({
      to: maxSeqNr
    })
    expect(getOrThrow(decodeAction(recordWith(`{"delete":{"to":9007199254740992}}`)))).toMatchObject({ to: maxSeqNr })
  })

  it("14. reads metadata of an unknown form as none", () => {
    const header = (metadata: string) =>
      `{"append":{"range":{"from":1,"to":2},"payloadType":"json","metadata":${metadata}}}`
    const read = (metadata: string) => getOrThrow(decodeAction(recordWith(header(metadata))))
    for (const metadata of ["1", "[]", `"x"`, "null", "{}", `{"other":1}`]) {
      expect(read(metadata)).toMatchObject({ headerMetadata: undefined })
    }
    expect(read(`{"data":{"a":1.10}}`)).toMatchObject({ headerMetadata: `{"a":1.10}` })
  })

  it("reads foreign headers that are null or not UTF-8 leniently, and keeps the last of a repeated name", () => {
    const headers: ReadonlyArray<RecordHeader> = [
      { name: "trace", value: null },
      { name: "a", value: encodeUtf8("1") },
      { name: actionHeaderName, value: encodeUtf8(append) },
      { name: "bytes", value: Uint8Array.of(0x61, 0xff) },
      { name: "a", value: encodeUtf8("2") },
      { name: actionHeaderName, value: encodeUtf8("nonsense") }
    ]
    const read = getOrThrow(decodeAction(recordWith("", { headers })))
    expect(read?._tag === "Append" && [...read.headers]).toEqual([
      ["trace", ""],
      ["a", "2"],
      ["bytes", "a\ufffd"]
    ])
  })

  it("reads a key that is not UTF-8 with U+FFFD", () => {
    expect(getOrThrow(decodeAction(recordWith(purge, { key: Uint8Array.of(0xff) })))).toMatchObject({
      journalId: "\ufffd"
    })
  })

  it("refuses a journal.action header without a value", () => {
    const record = recordWith("", { headers: [{ name: actionHeaderName, value: null }] })
    expect(decodeAction(record)).toMatchObject({ failure: { part: "header", reason: "InvalidField" } })
  })

  it("reads a delete with a value as a delete", () => {
    expect(getOrThrow(decodeAction(recordWith(`{"delete":{"to":3}}`)))).toMatchObject({ _tag: "Delete", to: 3 })
  })
})

describe("encodeAction", () => {
  const written: Action = {
    _tag: "Append",
    journalId: "k",
    timestamp: 1,
    origin: "o",
    version: "v",
    range: { from: 1, to: 2 },
    payloadType: "json",
    headerMetadata: `{"a":1}`,
    headers: new Map([["h", "x"]]),
    value: new Uint8Array(0)
  }

  it("7. writes compact JSON with the fields in kafka-journal's order, as the first header", () => {
    const { headers } = getOrThrow(encodeAction(written))
    expect(headers.map(({ name, value }) => [name, value && decodeUtf8(value)])).toEqual([
      [
        actionHeaderName,
        `{"append":{"range":{"from":1,"to":2},"origin":"o","version":"v","payloadType":"json","metadata":{"data":{"a":1}}}}`
      ],
      ["h", "x"]
    ])
  })

  it("gives only an append a value", () => {
    const { journalId, timestamp, origin, version } = written
    const record = getOrThrow(encodeAction({ _tag: "Mark", journalId, timestamp, origin, version, id: "m" }))
    expect(record.value).toBeNull()
  })

  it.each([
    ["a range upside down", { range: { from: 2, to: 1 } }, "range"],
    ["a range from 0", { range: { from: 0, to: 1 } }, "range.from"],
    ["a range beyond 2^53 - 1", { range: { from: 1, to: 2 ** 53 } }, "range.to"],
    ["metadata that is no JSON", { headerMetadata: "x" }, "headerMetadata"],
    ["a user's header named journal.action", { headers: new Map([[actionHeaderName, "x"]]) }, "headers"],
    ["a timestamp that Kafka takes for none", { timestamp: -1 }, "timestamp"]
  ])("refuses %s", (_, changes, what) => {
    expect(encodeAction({ ...written, ...changes })).toMatchObject({ failure: { _tag: "EncodeError", what } })
  })

  it("refuses a delete up to 0", () => {
    const { journalId, timestamp, origin, version } = written
    expect(encodeAction({ _tag: "Delete", journalId, timestamp, origin, version, to: 0 })).toMatchObject({
      failure: { what: "to" }
    })
  })
})
