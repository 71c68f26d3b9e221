import * as fc from "fast-check"
import { isFailure } from "effect/Result"
import type { Result } from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeUtf8, encodeUtf8 } from "../../../core/bytes/index.ts"
import type { Append } from "../../../core/journal/model/Action.ts"
import { actionHeaderName, decodeAction, encodeAction } from "../../../core/journal/codec/ActionCodec.ts"
import type { Event } from "../../../core/journal/model/Events.ts"
import { decodeEvents } from "../../../core/journal/codec/EventsCodec.ts"
import { writeJsonEvents } from "../../../core/journal/codec/EventsJson.ts"
import type { JournalDecodeError } from "../../../core/journal/codec/JournalDecodeError.ts"
import { oddText } from "./OddText.ts"

// A plain spelling is read by a shorter way than others. Space in the right place makes any text take the long way.

/** What came out, but in faults neither places in the text, as space moves them, nor that space. */
const outcome = <A>(result: Result<A, JournalDecodeError>): unknown => {
  if (!isFailure(result)) return result.success
  const { detail, field, part, reason } = result.failure
  return { reason, part, field, detail: detail.replace(/at character \d+/, "").replaceAll(`{ "`, `{"`) }
}

const oddities = [...'{}[]",:\\019.en-\u0001ä ', "", "null", `,"a":1`]

/** The text with some of its characters replaced, taken out or added, often after a colon or a comma. */
const spoilt = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.array(fc.tuple(fc.nat(), fc.boolean(), fc.nat(1), fc.constantFrom(...oddities)), { maxLength: 2 }))
    .map(([text, changes]) =>
      changes.reduce((before, [place, afterSign, cut, added]) => {
        const signs = [...before.matchAll(/[:,]/g)].map(({ index }) => index + 1)
        const at = (afterSign ? signs[place % signs.length] : undefined) ?? place % (before.length + 1)
        return before.slice(0, at) + added + before.slice(at + cut)
      }, text)
    )

const seqNr = fc.oneof(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))

const events: fc.Arbitrary<Event> = fc.record({
  seqNr,
  tags: fc.array(oddText(), { maxLength: 2 }),
  payload: fc.oneof(
    fc.constant(undefined),
    oddText().map((text) => ({ _tag: "Text" as const, text })),
    fc.jsonValue().map((value) => ({ _tag: "Json" as const, text: JSON.stringify(value) }))
  )
})

const optionalJson = fc.option(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  { nil: undefined }
)

const valueTexts = fc
  .tuple(events, fc.array(events, { maxLength: 2 }), optionalJson)
  .map(([first, more, data]) =>
    decodeUtf8(writeJsonEvents({ events: [first, ...more], metadata: { expireAfter: undefined, data } }))
  )

const readValue = (text: string): unknown => outcome(decodeEvents("json", encodeUtf8(text)))

const optionalText = fc.option(oddText(), { nil: undefined })

const appends: fc.Arbitrary<Append> = fc.record({
  _tag: fc.constant("Append" as const),
  journalId: fc.constant("a"),
  timestamp: fc.constant(1),
  origin: optionalText,
  version: optionalText,
  range: fc.tuple(seqNr, seqNr).map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) })),
  payloadType: fc.constantFrom("json" as const, "binary" as const),
  headerMetadata: optionalJson,
  headers: fc.constant(new Map()),
  value: fc.constant(new Uint8Array())
})

const headerOf = (append: Append): string => {
  const encoded = encodeAction(append)
  return isFailure(encoded) ? "" : decodeUtf8(encoded.success.headers[0]?.value ?? new Uint8Array())
}

const readHeader = (text: string): unknown =>
  outcome(
    decodeAction({
      offset: 0,
      timestamp: 1,
      key: encodeUtf8("a"),
      value: new Uint8Array(),
      headers: [{ name: actionHeaderName, value: encodeUtf8(text) }]
    })
  )

const runs = { numRuns: 3000 }

describe("plain spellings", () => {
  it("of events, whole or spoilt, read like any other spelling", () => {
    fc.assert(
      fc.property(spoilt(valueTexts), (text) => {
        const spaced = text.replace(`{"events":`, `{ "events":`).replaceAll(`{"seqNr":`, `{ "seqNr":`)
        expect(readValue(text)).toEqual(readValue(spaced))
      }),
      runs
    )
  })

  it("of an append's header, whole or spoilt, read like any other spelling", () => {
    fc.assert(
      fc.property(spoilt(appends.map(headerOf)), (text) => {
        expect(readHeader(text)).toEqual(readHeader(text.replace(`{"append":`, `{ "append":`)))
      }),
      runs
    )
  })

  it.each([
    [`{"events":[{"seqNr":1,"tags":[],"payloadType":"json","payload":1,"payload":2}]}`, 2],
    [`{"events":[{"seqNr":1,"tags":[],"payloadType":"json","payload": 3 }]}`, 3],
    [`{"events": [{"seqNr":1,"tags":[],"payloadType":"json","payload":5}],"metadata": { } } `, 5],
    [`{"events":[{"seqNr":1,"tags": [ ],"payloadType":"json","payload":4}]}`, 4],
    [`{"events":[{"seqNr":1,"tags":[],"payloadType":"json","payload":null}]}`, undefined]
  ])("of events leave nothing out: %s", (text, payload) => {
    const expected = payload === undefined ? undefined : { _tag: "Json", text: String(payload) }
    expect(readValue(text)).toMatchObject({ events: [{ seqNr: 1, payload: expected }] })
  })
})
