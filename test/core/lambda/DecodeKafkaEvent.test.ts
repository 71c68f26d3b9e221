import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeKafkaEvent, encodeKafkaEvent } from "../../../core/lambda/index.ts"
import type { KafkaBatch, KafkaEventError } from "../../../core/lambda/index.ts"
import type { LogRecord } from "../../../core/log/index.ts"

const decoded = (event: unknown): KafkaBatch => Result.getOrThrow(decodeKafkaEvent(event))

const refusal = (event: unknown): KafkaEventError => {
  const result = decodeKafkaEvent(event)
  if (Result.isSuccess(result)) throw new Error("The event was taken.")
  return result.failure
}

/** An event as Lambda's documentation has it, with one record. */
const eventWith = (record: Readonly<Record<string, unknown>>, name = "my-topic-0"): unknown => ({
  eventSource: "SelfManagedKafka",
  bootstrapServers: "b1:9092,b2:9092",
  records: {
    [name]: [
      {
        topic: "my-topic",
        partition: 0,
        offset: 15,
        timestamp: 1545084650987,
        timestampType: "CREATE_TIME",
        ...record
      }
    ]
  }
})

const recordOf = (event: unknown): LogRecord => {
  const record = decoded(event).partitions[0]?.records[0]
  if (record === undefined) throw new Error("The event has no record.")
  return record
}

const bytes = fc.uint8Array({ maxLength: 40 })
const header = fc.record({
  name: fc.oneof(fc.string(), fc.constantFrom("journal.action", "1", "__proto__", "")),
  value: fc.option(bytes)
})
const record = fc.record({
  gap: fc.integer({ min: 0, max: 3 }),
  timestamp: fc.integer({ min: -1, max: 4_000_000_000_000 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(header, { maxLength: 4 })
})
const topicName = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/)
const partition = fc.record({
  topic: topicName,
  partition: fc.integer({ min: 0, max: 300 }),
  first: fc.integer({ min: 0, max: 2 ** 53 - 1000 }),
  records: fc.array(record, { minLength: 1, maxLength: 5 })
})
const batch = fc
  .record({
    source: fc.constantFrom("aws:kafka" as const, "SelfManagedKafka" as const),
    partitions: fc.uniqueArray(partition, {
      maxLength: 4,
      selector: (one) => `${one.topic}-${one.partition}`
    })
  })
  .map(({ partitions, source }): KafkaBatch => ({
    source,
    arn: source === "aws:kafka" ? "arn:aws:kafka:eu-west-1:1:cluster/c/1" : undefined,
    bootstrapServers: ["b1:9092", "b2:9092"],
    partitions: partitions.map(({ first, partition: index, records, topic }) => {
      let offset = first
      return {
        topic,
        partition: index,
        records: records.map(({ gap, ...rest }) => {
          offset += gap + 1
          return { ...rest, offset }
        })
      }
    })
  }))

const byName = ({ partitions }: KafkaBatch) =>
  new Map(partitions.map((one) => [`${one.topic}-${one.partition}`, one.records]))

describe("an event of records from Kafka", () => {
  it("gives back whatever records Lambda has made it of", () => {
    fc.assert(
      fc.property(batch, (given) => {
        const back = decoded(JSON.parse(JSON.stringify(encodeKafkaEvent(given))))
        expect({ ...back, partitions: [] }).toEqual({ ...given, partitions: [] })
        expect(byName(back)).toEqual(byName(given))
      })
    )
  })

  it("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (whole, records, one) => {
        expect(Result.isResult(decodeKafkaEvent(whole))).toBe(true)
        expect(Result.isResult(decodeKafkaEvent({ eventSource: "aws:kafka", records }))).toBe(true)
        expect(Result.isResult(decodeKafkaEvent({ eventSource: "aws:kafka", records: { "a-0": [one] } }))).toBe(true)
      })
    )
  })

  it("has bytes of headers as Java has them, with a sign", () => {
    const { headers } = recordOf(eventWith({ headers: [{ name: [-61, -85] }, { name: [195, 171] }] }))
    expect(headers).toEqual([
      { name: "name", value: new Uint8Array([195, 171]) },
      { name: "name", value: new Uint8Array([195, 171]) }
    ])
  })

  it("has headers that repeat a name, in their order, and headers without a value", () => {
    const { headers } = recordOf(eventWith({ headers: [{ b: [1] }, { a: null }, { b: [2] }] }))
    expect(headers.map(({ name, value }) => [name, value?.[0] ?? null])).toEqual([
      ["b", 1],
      ["a", null],
      ["b", 2]
    ])
  })

  it("has keys and values that are null, absent, or empty", () => {
    expect(recordOf(eventWith({ key: null, value: null }))).toMatchObject({ key: null, value: null, headers: [] })
    expect(recordOf(eventWith({}))).toMatchObject({ key: null, value: null })
    expect(recordOf(eventWith({ key: "", value: "" }))).toMatchObject({
      key: new Uint8Array(),
      value: new Uint8Array()
    })
  })

  it("names partitions of topics whose names have hyphens and digits", () => {
    const records = [{ topic: "a-1-2", partition: 34, offset: 0, timestamp: 0, headers: [] }]
    const { partitions } = decoded({ eventSource: "aws:kafka", records: { "a-1-2-34": records } })
    expect(partitions[0]).toMatchObject({ topic: "a-1-2", partition: 34 })
  })

  it("may have no records", () => {
    expect(decoded({ eventSource: "aws:kafka", records: { "a-0": [] } }).partitions).toEqual([])
  })

  it.each([
    ["an event of a queue", { Records: [{ eventSource: "aws:sqs" }] }, "NotKafka", "eventSource"],
    ["nothing", undefined, "NotKafka", ""],
    ["no records", { eventSource: "aws:kafka" }, "Malformed", "records"],
    ["a key that is no partition", eventWith({}, "my-topic"), "Malformed", 'records["my-topic"]'],
    ["another topic than its key", eventWith({ topic: "x" }), "Malformed", 'records["my-topic-0"][0].topic'],
    ["another partition than its key", eventWith({}, "my-topic-1"), "Malformed", 'records["my-topic-1"][0].partition'],
    ["a negative offset", eventWith({ offset: -1 }), "Malformed", 'records["my-topic-0"][0].offset'],
    ["an offset beyond 2^53", eventWith({ offset: 2 ** 53 }), "Malformed", 'records["my-topic-0"][0].offset'],
    ["no time stamp", eventWith({ timestamp: null }), "Malformed", 'records["my-topic-0"][0].timestamp'],
    ["a value that a registry decoded", eventWith({ value: { n: 1 } }), "Malformed", 'records["my-topic-0"][0].value'],
    ["a key that is not base64", eventWith({ key: "a" }), "Malformed", 'records["my-topic-0"][0].key'],
    [
      "a header of two names",
      eventWith({ headers: [{ a: [], b: [] }] }),
      "Malformed",
      'records["my-topic-0"][0].headers[0]'
    ],
    [
      "no byte in a header",
      eventWith({ headers: [{ a: [] }, { a: [1, 256] }] }),
      "Malformed",
      'records["my-topic-0"][0].headers[1]["a"][1]'
    ]
  ])("is refused with %s, and the error names the place", (_, event, reason, path) => {
    const error = refusal(event)
    expect(error).toMatchObject({ reason, path })
    expect(error.message).toMatch(/event source mapping/)
  })

  it("is refused when records of a partition are not in their order, or come twice", () => {
    const at = (offset: number) => ({ topic: "a", partition: 0, offset, timestamp: 0 })
    for (const second of [7, 6]) {
      const error = refusal({ eventSource: "aws:kafka", records: { "a-0": [at(7), at(second)] } })
      expect(error).toMatchObject({ reason: "Disordered", path: 'records["a-0"][1].offset' })
    }
  })
})
