import { getOrThrow } from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeUtf8, encodeUtf8 } from "../../../core/bytes/index.ts"
import {
  decodeAction,
  decodeEvents,
  encodeAction,
  encodeEvents,
  maxSeqNr,
  minSeqNr
} from "../../../core/journal/index.ts"
import type { Action, Append, Event, Events } from "../../../core/journal/index.ts"
import type { Payload } from "../../../core/ports/index.ts"
import type { LogRecord } from "../../../core/log/index.ts"

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

const noMetadata: Events["metadata"] = { expireAfter: undefined, data: undefined }
const text: Payload = { _tag: "Text", text: "hi" }
const json: Payload = { _tag: "Json", text: `{"n":1.10}` }
const binary: Payload = { _tag: "Binary", bytes: Uint8Array.of(1, 2) }

const event = (seqNr: number, payload: Payload | undefined, tags: ReadonlyArray<string> = []): Event => ({
  seqNr,
  tags,
  payload
})
const eventsOf = (events: Events["events"], metadata = noMetadata): Events => ({ events, metadata })

const recordWith = (header: string): LogRecord => ({
  offset: 7,
  timestamp: 1,
  key: encodeUtf8("k"),
  value: encodeUtf8("{}"),
  headers: [{ name: "journal.action", value: encodeUtf8(header) }]
})

/** All combinations of one item of each list. */
const product = <A>(...lists: ReadonlyArray<ReadonlyArray<A>>): ReadonlyArray<ReadonlyArray<A>> =>
  lists.reduce<ReadonlyArray<ReadonlyArray<A>>>(
    (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
    [[]]
  )

const headerOf = (action: Action): string => {
  const [header] = getOrThrow(encodeAction(action)).headers
  return decodeUtf8(header?.value ?? new Uint8Array())
}

const base = { journalId: "k", timestamp: 1, origin: undefined, version: undefined }
const appendOf = (changes: Partial<Append> = {}): Append => ({
  _tag: "Append",
  ...base,
  range: { from: 1, to: 3 },
  payloadType: "json",
  headerMetadata: undefined,
  headers: new Map(),
  value: encodeUtf8("{}"),
  ...changes
})

describe("kafka-journal's scenarios of wire formats", () => {
  it("7. the header of an append has origin, payload type and metadata, or leaves them out", () => {
    for (const origin of [undefined, "o"]) {
      for (const payloadType of ["binary", "json"] as const) {
        for (const data of [undefined, `{"a":1}`]) {
          const append = appendOf({ origin, payloadType, headerMetadata: data })
          const fields = [
            `"range":{"from":1,"to":3}`,
            ...(origin === undefined ? [] : [`"origin":"o"`]),
            `"payloadType":"${payloadType}"`
          ].join(",")
          expect(headerOf(append)).toBe(
            `{"append":{${fields},"metadata":{${data === undefined ? "" : `"data":${data}`}}}}`
          )
          const legacy = getOrThrow(decodeAction(recordWith(`{"append":{${fields}}}`)))
          expect(legacy).toEqual({ ...append, headerMetadata: undefined })
        }
      }
    }
  })

  it("7. the headers of a delete, a purge and a mark have an origin, or leave it out", () => {
    const headers = (origin: string | undefined) => {
      const of = { ...base, origin }
      return [
        headerOf({ ...of, _tag: "Delete", to: 3 }),
        headerOf({ ...of, _tag: "Purge" }),
        headerOf({ ...of, _tag: "Mark", id: "m" })
      ]
    }
    expect(headers(undefined)).toEqual([`{"delete":{"to":3}}`, `{"purge":{}}`, `{"mark":{"id":"m"}}`])
    expect(headers("o")).toEqual([
      `{"delete":{"to":3,"origin":"o"}}`,
      `{"purge":{"origin":"o"}}`,
      `{"mark":{"id":"m","origin":"o"}}`
    ])
  })

  it("7. an action that is not known reads as none", () => {
    expect(getOrThrow(decodeAction(recordWith(`{"fork":{}}`)))).toBeUndefined()
  })

  it("8. every action reads back from its record as it was, whatever goes with it", () => {
    const optional = [undefined, "text"]
    const payloads = [undefined, text, json, binary]
    const numberings = [[minSeqNr], [maxSeqNr], [1, 2, 3]]
    let cases = 0
    for (const [origin, version, headerMetadata, tag, header, expireAfter, data] of product<string | undefined>(
      optional,
      optional,
      [undefined, `{"a":[1.0,null]}`],
      optional,
      optional,
      [undefined, "1 day"],
      [undefined, `"data"`]
    )) {
      for (const payload of payloads) {
        for (const seqNrs of numberings) {
          const [first, ...rest] = seqNrs.map((seqNr) => event(seqNr, payload, tag === undefined ? [] : [tag]))
          if (first === undefined) continue
          const events = eventsOf([first, ...rest], { expireAfter, data })
          const encoded = getOrThrow(encodeEvents(events))
          const action = appendOf({
            origin,
            version,
            headerMetadata,
            headers: new Map(header === undefined ? [] : [["h", header]]),
            range: { from: first.seqNr, to: rest.at(-1)?.seqNr ?? first.seqNr },
            ...encoded
          })
          const read = getOrThrow(decodeAction({ ...getOrThrow(encodeAction(action)), offset: 0 }))
          expect(read).toEqual(action)
          expect(read?._tag === "Append" && getOrThrow(decodeEvents(read.payloadType, read.value))).toEqual(events)
          cases++
        }
      }
      const system: ReadonlyArray<Action> = [
        { _tag: "Delete", ...base, origin, version, to: minSeqNr },
        { _tag: "Delete", ...base, origin, version, to: maxSeqNr },
        { _tag: "Purge", ...base, origin, version },
        { _tag: "Mark", ...base, origin, version, id: "m" }
      ]
      for (const action of system) {
        expect(getOrThrow(decodeAction({ ...getOrThrow(encodeAction(action)), offset: 0 }))).toEqual(action)
      }
    }
    expect(cases).toBe(2 ** 7 * payloads.length * numberings.length)
  })

  it("9. a binary value of version 1 has exactly these bytes", () => {
    const many = eventsOf([event(7, text, ["a"]), event(8, undefined), event(9, json), event(10, binary)], {
      expireAfter: "1 day",
      data: undefined
    })
    const { payloadType, value } = getOrThrow(encodeEvents(many))
    expect(payloadType).toBe("binary")
    expect(hexOf(value)).toBe(
      [
        "01 00000004",
        "00000018 0000000000000007 00000005 00000001 61 03 00000002 6869",
        "00000011 0000000000000008 00000000 00 00000000",
        `0000001b 0000000000000009 00000000 02 0000000a ${hexOf(encodeUtf8(`{"n":1.10}`))}`,
        "00000013 000000000000000a 00000000 01 00000002 0102",
        hexOf(encodeUtf8(`{"expireAfter":"1 day"}`))
      ]
        .join("")
        .replaceAll(" ", "")
    )
    expect(getOrThrow(decodeEvents("binary", value))).toEqual(many)
  })

  it("9. one event of each kind reads from a binary value of version 1", () => {
    const kinds: ReadonlyArray<readonly [string, Payload | undefined]> = [
      ["00000011 0000000000000007 00000000 00 00000000", undefined],
      ["00000013 0000000000000007 00000000 01 00000002 0102", binary],
      ["00000013 0000000000000007 00000000 03 00000002 6869", text],
      [`0000001b 0000000000000007 00000000 02 0000000a ${hexOf(encodeUtf8(`{"n":1.10}`))}`, json]
    ]
    for (const [hex, payload] of kinds) {
      const decoded = getOrThrow(decodeEvents("binary", bytesOf(`01 00000001 ${hex} 7b7d`)))
      expect(decoded).toEqual(eventsOf([event(7, payload)]))
    }
  })

  const oneText = "00000001 00000018 0000000000000007 00000005 00000001 61 03 00000002 6869"

  it("10. a binary value of version 0 has no metadata", () => {
    expect(getOrThrow(decodeEvents("binary", bytesOf(`00 ${oneText}`)))).toEqual(eventsOf([event(7, text, ["a"])]))
  })

  it("11. a binary value of an unknown version reads as its events with empty metadata", () => {
    const later = bytesOf(`64 ${oneText} ${hexOf(encodeUtf8(`{"expireAfter":"1 day"}`))}`)
    expect(getOrThrow(decodeEvents("binary", later))).toEqual(eventsOf([event(7, text, ["a"])]))
  })

  it("12. a JSON value has exactly this text, with metadata", () => {
    const metadata = { expireAfter: "1 day", data: `[1]` }
    const { payloadType, value } = getOrThrow(
      encodeEvents(eventsOf([event(1, undefined), event(2, text, ["a"]), event(3, json)], metadata))
    )
    expect(payloadType).toBe("json")
    expect(JSON.parse(decodeUtf8(value))).toEqual({
      events: [
        { seqNr: 1, tags: [] },
        { seqNr: 2, tags: ["a"], payloadType: "text", payload: "hi" },
        { seqNr: 3, tags: [], payloadType: "json", payload: { n: 1.1 } }
      ],
      metadata: { expireAfter: "1 day", data: [1] }
    })
  })

  it("12. a JSON value of version 0 has no metadata", () => {
    const value = encodeUtf8(`{"events":[{"seqNr":2,"tags":["a"],"payloadType":"text","payload":"hi"}]}`)
    expect(getOrThrow(decodeEvents("json", value))).toEqual(eventsOf([event(2, text, ["a"])]))
  })

  it("13. a record with one binary event is binary as a whole", () => {
    const mixed = eventsOf([event(1, text), event(2, binary), event(3, json), event(4, undefined)])
    const { payloadType, value } = getOrThrow(encodeEvents(mixed))
    expect(payloadType).toBe("binary")
    expect(getOrThrow(decodeEvents(payloadType, value))).toEqual(mixed)
  })

  it("16. a value that is no JSON, or JSON of another form, is refused", () => {
    for (const value of ["", "{", "no json", "[]", "{}", `{"events":1}`]) {
      expect(decodeEvents("json", encodeUtf8(value))).toMatchObject({ failure: { _tag: "JournalDecodeError" } })
    }
  })
})
