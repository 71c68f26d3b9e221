import * as fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { formatEventLine, parseEventLine, parseRecordFields } from "../../../../core/journal/index.ts"
import type { ReadEvent } from "../../../../core/journal/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"

const parsed = (line: string) => Result.getOrThrow(parseEventLine(line))

const refusal = (line: string): string => {
  const result = parseEventLine(line)
  return Result.isFailure(result) ? result.failure : "accepted"
}

const event = (payload: Payload | undefined, more: Partial<ReadEvent> = {}): ReadEvent => ({
  seqNr: 7,
  tags: [],
  payload,
  metadata: undefined,
  headers: new Map(),
  expireAfter: undefined,
  timestamp: 1_000,
  offset: 12,
  ...more
})

describe("parsing", () => {
  it("the payload is the text between its commas, no number read and written again", () => {
    const text = '{"big": 12345678901234567890 , "one":1.0,"e":1E400,"dup":1,"dup":2,"s":"\\u00e9"}'
    expect(parsed(`{"tags":[],"payload":  ${text} ,"seqNr":3}`).payload).toEqual({ _tag: "Json", text })
  })

  it("a payload may be any JSON value, null and false among them", () => {
    for (const text of ["null", "false", "0", '""', "[]"]) {
      expect(parsed(`{"payload":${text}}`).payload).toEqual({ _tag: "Json", text })
    }
  })

  it("a payload may be nested as deep as it likes, metadata only as deep as it can be written", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
    expect(parsed(`{"payload":${deep}}`).payload).toEqual({ _tag: "Json", text: deep })
    const refused = 'has "metadata" that is nested too deep: nest it less, or make it the payload'
    expect(refusal(`{"metadata":${deep}}`)).toBe(refused)
    expect(parseRecordFields(`{"metadata":${deep}}`)).toEqual(Result.fail(refused))
  })

  it("an event may have no payload at all", () => {
    expect(parsed("{}")).toEqual({ seqNr: undefined, payload: undefined, tags: [], record: {} })
  })

  it("text and bytes are told from JSON", () => {
    expect(parsed('{"text":"a\\n\\u00e9"}').payload).toEqual({ _tag: "Text", text: "a\né" })
    expect(parsed('{"binary":"AP8="}').payload).toEqual({ _tag: "Binary", bytes: Uint8Array.of(0, 255) })
  })

  it("metadata, headers and expireAfter belong to the record", () => {
    expect(parsed('{"metadata":{"by":"J"},"headers":{"a":"b"},"expireAfter":"1 day"}').record).toEqual({
      metadata: { by: "J" },
      headers: { a: "b" },
      expireAfter: "1 day"
    })
  })

  it("what a record shares is read alone, too, and nothing else there", () => {
    const text = '{"metadata":{"by":"J"},"headers":{"a":"b"},"expireAfter":"1 day"}'
    expect(Result.getOrThrow(parseRecordFields(text))).toEqual(parsed(text).record)
    expect(Result.isFailure(parseRecordFields('{"payload":1}'))).toBe(true)
  })

  it("where an event was is passed over", () => {
    expect(parsed('{"seqNr":4,"timestamp":1,"offset":2}')).toEqual(parsed('{"seqNr":4}'))
  })

  it("what is wrong with a line is told in a phrase", () => {
    expect(refusal('{"payload":}')).toBe("is not JSON: at character 12 should be a JSON value")
    expect(refusal("[]")).toBe('is not an object: write {"payload": …}')
    expect(refusal('{"playload":1}')).toContain('has a field "playload", which means nothing here')
    expect(refusal('{"payload":1,"payload":2}')).toBe('has the field "payload" twice')
    expect(refusal('{"payload":1,"text":"a"}')).toBe("has payload and text: an event has one of them")
    expect(refusal('{"text":1}')).toBe('has a "text" that is no string')
    expect(refusal('{"binary":"a"}')).toBe('has a "binary" that is not base64')
    expect(refusal('{"tags":"a"}')).toBe('has "tags" that are not an array of strings')
    expect(refusal('{"tags":null}')).toBe('has "tags" that are not an array of strings')
    expect(refusal('{"headers":{"a":1}}')).toBe('has "headers" that are not an object of strings')
    expect(refusal('{"expireAfter":1}')).toBe('has an "expireAfter" that is no string')
    expect(refusal('{"expireAfter":"soon"}')).toBe(
      'has the "expireAfter" "soon", which is no duration: write a number and a unit, such as "30 days"'
    )
    expect(refusal('{"expireAfter":"300000 days"}')).toContain("longer than 292 years")
    expect(refusal('{"seqNr":0}')).toBe('has a "seqNr" that is no whole number from 1')
    expect(refusal('{"seqNr":1.5}')).toBe('has a "seqNr" that is no whole number from 1')
  })
})

describe("formatting", () => {
  it("fields come in one order, without what is absent or empty", () => {
    expect(formatEventLine(event({ _tag: "Json", text: "1.0" }))).toBe(
      '{"seqNr":7,"payload":1.0,"timestamp":1000,"offset":12}'
    )
    const full = { tags: ["a"], metadata: { m: 1 }, headers: new Map([["h", "v"]]), expireAfter: "1 day" }
    expect(formatEventLine(event({ _tag: "Text", text: "x" }, full))).toBe(
      '{"seqNr":7,"text":"x","tags":["a"],"metadata":{"m":1},"headers":{"h":"v"},"expireAfter":"1 day","timestamp":1000,"offset":12}'
    )
  })

  it("an event is one line, also where its payload's text has line feeds", () => {
    expect(formatEventLine(event({ _tag: "Json", text: '{\r\n"a":1\n}' }))).toBe(
      '{"seqNr":7,"payload":{  "a":1 },"timestamp":1000,"offset":12}'
    )
  })

  it("what is written is read back", () => {
    const payload = fc.oneof(
      fc.json().map((text): Payload => ({ _tag: "Json", text: text.replace(/[\r\n]/g, " ") })),
      fc.string({ unit: "grapheme" }).map((text): Payload => ({ _tag: "Text", text })),
      fc.uint8Array().map((bytes): Payload => ({ _tag: "Binary", bytes: new Uint8Array(bytes) })),
      fc.constant(undefined)
    )
    fc.assert(
      fc.property(
        payload,
        fc.array(fc.string()),
        fc.option(fc.jsonValue(), { nil: undefined }),
        (one, tags, metadata) => {
          const line = formatEventLine(event(one, { tags, metadata }))
          const again = parsed(line)
          expect(line).not.toContain("\n")
          expect(again).toEqual({
            seqNr: 7,
            payload: one,
            tags,
            record: metadata === undefined ? {} : { metadata: JSON.parse(JSON.stringify(metadata)) }
          })
        }
      )
    )
  })
})
