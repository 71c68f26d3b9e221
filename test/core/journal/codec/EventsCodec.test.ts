import * as fc from "fast-check"
import { getOrThrow, isSuccess } from "effect/Result"
import { describe, expect, it } from "vitest"
import { encodeUtf8, Writer } from "../../../../core/bytes/index.ts"
import type { Event, Events, PayloadMetadata } from "../../../../core/journal/model/Events.ts"
import { decodeEvents, encodeEvents } from "../../../../core/journal/codec/EventsCodec.ts"
import { maxSeqNr, minSeqNr } from "../../../../core/journal/model/SeqNr.ts"
import type { Payload } from "../../../../core/ports/index.ts"
import { oddText } from "../OddText.ts"

const noMetadata: PayloadMetadata = { expireAfter: undefined, data: undefined }

const json = (text: string) => decodeEvents("json", encodeUtf8(text))

const oneEvent = (event: Partial<Event>, metadata = noMetadata): Events => ({
  events: [{ seqNr: 1, tags: [], payload: undefined, ...event }],
  metadata
})

/** Bytes that do not alias the generator's, compared by value. */
const bytes = fc.uint8Array({ maxLength: 60 })
const text = oddText(30)
const jsonText = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value))

const jsonPayload = jsonText.map((value): Payload => ({ _tag: "Json", text: value }))
const textPayload = text.map((value): Payload => ({ _tag: "Text", text: value }))
const binaryPayload = bytes.map((value): Payload => ({ _tag: "Binary", bytes: value }))

const eventWith = (payload: fc.Arbitrary<Payload | undefined>): fc.Arbitrary<Event> =>
  fc.record({
    seqNr: fc.integer({ min: minSeqNr, max: maxSeqNr }),
    tags: fc.uniqueArray(text, { maxLength: 3 }),
    payload
  })

const metadata: fc.Arbitrary<PayloadMetadata> = fc.record({
  expireAfter: fc.constantFrom(undefined, "1 day", "36 hours", "-1 seconds"),
  data: fc.option(
    jsonText.filter((value) => value !== "null"),
    { nil: undefined }
  )
})

const eventsOf = (event: fc.Arbitrary<Event>): fc.Arbitrary<Events> =>
  fc.record({
    events: fc
      .tuple(event, fc.array(event, { maxLength: 4 }))
      .map(([first, rest]): Events["events"] => [first, ...rest]),
    metadata
  })

const nothing = fc.constant(undefined)

/** A JSON value has no JSON null, which reads back as no payload. */
const jsonEvents = eventsOf(
  eventWith(
    fc.oneof(
      nothing,
      textPayload,
      jsonPayload.filter((payload) => payload._tag === "Json" && payload.text !== "null")
    )
  )
)

const binaryEvents = fc
  .tuple(eventsOf(eventWith(fc.oneof(nothing, textPayload, jsonPayload, binaryPayload))), eventWith(binaryPayload))
  .map(([events, event]): Events => ({ ...events, events: [event, ...events.events] }))

describe("encodeEvents", () => {
  it("13. chooses binary as soon as one payload is", () => {
    const [first] = oneEvent({ payload: { _tag: "Text", text: "t" } }).events
    const binary: Event = { seqNr: 2, tags: [], payload: { _tag: "Binary", bytes: new Uint8Array(0) } }
    expect(getOrThrow(encodeEvents({ events: [first], metadata: noMetadata })).payloadType).toBe("json")
    expect(getOrThrow(encodeEvents({ events: [first, binary], metadata: noMetadata })).payloadType).toBe("binary")
  })

  it("writes a JSON payload as it stands", () => {
    const payload: Payload = { _tag: "Json", text: `{ "n": 9007199254740993, "f": 1.10 }` }
    const { value } = getOrThrow(encodeEvents(oneEvent({ payload })))
    expect(new TextDecoder().decode(value)).toContain(`"payload":${payload.text}}`)
    expect(getOrThrow(decodeEvents("json", value)).events[0].payload).toEqual(payload)
  })

  it.each([
    ["a payload that is no JSON", { payload: { _tag: "Json", text: "{" } }, noMetadata, "events[0].payload"],
    ["two JSON values as a payload", { payload: { _tag: "Json", text: "1,2" } }, noMetadata, "events[0].payload"],
    ["a sequence number below 1", { seqNr: 0 }, noMetadata, "events[0].seqNr"],
    ["a sequence number beyond 2^53 - 1", { seqNr: 2 ** 53 }, noMetadata, "events[0].seqNr"],
    ["data that is no JSON", {}, { ...noMetadata, data: "x" }, "metadata.data"],
    ["a duration that is none", {}, { ...noMetadata, expireAfter: "soon" }, "metadata.expireAfter"]
  ] as const)("refuses %s", (_, event, eventMetadata, what) => {
    const binary: Event = { seqNr: 2, tags: [], payload: { _tag: "Binary", bytes: new Uint8Array(1) } }
    const events = oneEvent(event, eventMetadata)
    expect(encodeEvents(events)).toMatchObject({ failure: { _tag: "EncodeError", what } })
    expect(encodeEvents({ ...events, events: [events.events[0], binary] })).toMatchObject({ failure: { what } })
  })

  it("writes a duration in its canonical spelling", () => {
    const { value } = getOrThrow(encodeEvents(oneEvent({}, { ...noMetadata, expireAfter: "1.5 d" })))
    expect(new TextDecoder().decode(value)).toContain(`"metadata":{"expireAfter":"36 hours"}`)
  })
})

describe("decodeEvents of JSON", () => {
  it("12. reads back what was written", () => {
    fc.assert(
      fc.property(jsonEvents, (events) => {
        const { payloadType, value } = getOrThrow(encodeEvents(events))
        expect(payloadType).toBe("json")
        expect(getOrThrow(decodeEvents(payloadType, value))).toEqual(events)
      })
    )
  })

  it("refuses every truncation", () => {
    fc.assert(
      fc.property(jsonEvents, fc.nat(), (events, at) => {
        const { value } = getOrThrow(encodeEvents(events))
        const cut = value.subarray(0, at % value.length)
        expect(decodeEvents("json", cut)).toMatchObject({ failure: { reason: "MalformedJson" } })
      })
    )
  })

  it("answers damaged text with events or a typed error", () => {
    fc.assert(
      fc.property(jsonEvents, fc.nat(), fc.nat(255), (events, at, byte) => {
        const { value } = getOrThrow(encodeEvents(events))
        value[at % value.length] = byte
        const decoded = decodeEvents("json", value)
        expect(isSuccess(decoded) || decoded.failure._tag === "JournalDecodeError").toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it("counts the last of repeated fields, whatever the others hold", () => {
    const decoded = json(
      `{"events":5,"metadata":7,"events":[{"seqNr":"x","tags":0,"payload":1,"tags":["a"],"seqNr":2,"payload":3}],"metadata":{}}`
    )
    expect(getOrThrow(decoded).events).toEqual([{ seqNr: 2, tags: ["a"], payload: { _tag: "Json", text: "3" } }])
    expect(json(`{"events":[{"seqNr":1,"tags":[]}],"events":[]}`)).toMatchObject({ failure: { field: "events" } })
  })

  it("reads a JSON null as no payload", () => {
    const decoded = json(`{"events":[{"seqNr":1,"tags":[],"payloadType":"json","payload":null}]}`)
    expect(getOrThrow(decoded).events[0].payload).toBeUndefined()
  })

  it.each([
    ["[]", "InvalidField", ""],
    [`{"events":null}`, "InvalidField", "events"],
    [`{"events":[]}`, "InvalidField", "events"],
    [`{"events":[1]}`, "InvalidField", "events[0]"],
    [`{"events":[{"seqNr":1,"tags":[]},{"tags":[]}]}`, "InvalidField", "events[1].seqNr"],
    [`{"events":[{"seqNr":0,"tags":[]}]}`, "InvalidField", "events[0].seqNr"],
    [`{"events":[{"seqNr":1.5,"tags":[]}]}`, "InvalidField", "events[0].seqNr"],
    [`{"events":[{"seqNr":9007199254740992,"tags":[]}]}`, "SeqNrTooLarge", "events[0].seqNr"],
    [`{"events":[{"seqNr":9223372036854775808,"tags":[]}]}`, "InvalidField", "events[0].seqNr"],
    [`{"events":[{"seqNr":1,"tags":null}]}`, "InvalidField", "events[0].tags"],
    [`{"events":[{"seqNr":1,"tags":[1]}]}`, "InvalidField", "events[0].tags"],
    [`{"events":[{"seqNr":1,"tags":[],"payloadType":"text","payload":1}]}`, "InvalidField", "events[0].payload"],
    [`{"events":[{"seqNr":1,"tags":[],"payloadType":1}]}`, "InvalidField", "events[0].payloadType"],
    [`{"events":[{"seqNr":1,"tags":[]}],"metadata":1}`, "InvalidField", "metadata"],
    [`{"events":[{"seqNr":1,"tags":[]}],"metadata":{"expireAfter":1.5}}`, "InvalidField", "metadata.expireAfter"],
    [`{"events":[{"seqNr":1,"tags":[]}]}x`, "MalformedJson", ""]
  ])("refuses %s", (value, reason, field) => {
    expect(json(value)).toMatchObject({ failure: { _tag: "JournalDecodeError", part: "value", reason, field } })
  })

  it("reads text after a byte order mark and text in UTF-16 with one", () => {
    const value = `{"events":[{"seqNr":1,"tags":["é"]}]}`
    const expected = oneEvent({ tags: ["é"] })
    const utf16 = (high: number) =>
      Uint8Array.from(
        [..."\ufeff", ...value].flatMap((unit) => {
          const pair = [unit.charCodeAt(0) >> 8, unit.charCodeAt(0) & 0xff]
          return high === 0 ? pair : pair.reverse()
        })
      )
    expect(getOrThrow(decodeEvents("json", encodeUtf8(`\ufeff${value}`)))).toEqual(expected)
    expect(getOrThrow(decodeEvents("json", utf16(0)))).toEqual(expected)
    expect(getOrThrow(decodeEvents("json", utf16(1)))).toEqual(expected)
  })

  it("refuses text that is not UTF-8", () => {
    expect(decodeEvents("json", Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({
      failure: { reason: "MalformedJson" }
    })
  })
})

describe("decodeEvents of binary", () => {
  const binary = (value: Uint8Array) => decodeEvents("binary", value)

  it("9. reads back what was written", () => {
    fc.assert(
      fc.property(binaryEvents, (events) => {
        const { payloadType, value } = getOrThrow(encodeEvents(events))
        expect(payloadType).toBe("binary")
        expect(getOrThrow(decodeEvents(payloadType, value))).toEqual(events)
      })
    )
  })

  it("14. refuses every truncation within the events, and reads one within the metadata as none", () => {
    fc.assert(
      fc.property(binaryEvents, (events) => {
        const { value } = getOrThrow(encodeEvents(events))
        const decoded = Array.from(value, (_, length) => binary(value.subarray(0, length)))
        const firstWhole = decoded.findIndex(isSuccess)
        for (const result of decoded.slice(0, firstWhole)) {
          expect(result).toMatchObject({ failure: { reason: "MalformedBinary", part: "value" } })
        }
        for (const result of decoded.slice(firstWhole)) {
          expect(getOrThrow(result)).toEqual({ events: events.events, metadata: noMetadata })
        }
      }),
      { numRuns: 30 }
    )
  })

  it("answers random and damaged bytes with events or a typed error", () => {
    const damaged = fc.tuple(binaryEvents, fc.nat(), fc.nat(255)).map(([events, at, byte]) => {
      const { value } = getOrThrow(encodeEvents(events))
      value[at % value.length] = byte
      return value
    })
    fc.assert(
      fc.property(fc.oneof(bytes, damaged), (value) => {
        const decoded = binary(value)
        expect(isSuccess(decoded) || decoded.failure._tag === "JournalDecodeError").toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  const value = (write: (writer: Writer) => void): Uint8Array => {
    const writer = new Writer()
    writer.int8(1)
    write(writer)
    return writer.finish()
  }

  const event = (write: (writer: Writer) => void): Uint8Array =>
    value((writer) => {
      writer.int32(1)
      const length = writer.reserveInt32()
      write(writer)
      writer.patchInt32(length, writer.position - length - 4)
    })

  it.each([
    ["a count of 0", value((writer) => writer.int32(0)), "MalformedBinary", "events"],
    ["a negative count", value((writer) => writer.int32(-1)), "MalformedBinary", "events"],
    ["a huge count", value((writer) => writer.int32(0x7fffffff)), "MalformedBinary", "events[0]"],
    [
      "a huge length",
      value((writer) => {
        writer.int32(1)
        writer.int32(0x7fffffff)
      }),
      "MalformedBinary",
      "events[0]"
    ],
    [
      "an unknown kind of payload",
      event((writer) => {
        writer.int64(1)
        writer.int32(0)
        writer.int8(4)
        writer.int32(0)
      }),
      "MalformedBinary",
      "events[0].payload"
    ],
    [
      "a tag that leaves its block",
      event((writer) => {
        writer.int64(1)
        writer.int32(5)
        writer.int32(2)
        writer.utf8("a")
        writer.int8(0)
        writer.int32(0)
      }),
      "MalformedBinary",
      "events[0]"
    ],
    [
      "a JSON payload that is none",
      event((writer) => {
        writer.int64(1)
        writer.int32(0)
        writer.int8(2)
        writer.int32(1)
        writer.utf8("{")
      }),
      "MalformedJson",
      "events[0].payload"
    ],
    [
      "a sequence number beyond 2^53 - 1",
      event((writer) => {
        writer.bigInt64(2n ** 53n)
      }),
      "SeqNrTooLarge",
      "events[0].seqNr"
    ]
  ])("refuses %s", (_, bytesOfValue, reason, field) => {
    expect(binary(bytesOfValue)).toMatchObject({ failure: { reason, part: "value", field } })
  })

  it("reads metadata with text after it as none", () => {
    const payload: Payload = { _tag: "Binary", bytes: new Uint8Array(1) }
    const { value: whole } = getOrThrow(encodeEvents(oneEvent({ payload }, { ...noMetadata, data: "1" })))
    expect(getOrThrow(binary(whole)).metadata.data).toBe("1")
    expect(getOrThrow(binary(Uint8Array.of(...whole, 0x78))).metadata).toEqual(noMetadata)
  })

  it("gives binary payloads as views of the value", () => {
    const payload: Payload = { _tag: "Binary", bytes: Uint8Array.of(1, 2, 3) }
    const encoded = getOrThrow(encodeEvents(oneEvent({ payload }))).value
    const read = getOrThrow(binary(encoded)).events[0].payload
    expect(read?._tag === "Binary" && read.bytes.buffer === encoded.buffer).toBe(true)
  })
})
