import * as fc from "fast-check"
import type { NewRecord } from "../../../core/log/index.ts"

const nullableBytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null })

/** Any record that Kafka can hold, with small contents. */
export const newRecord: fc.Arbitrary<NewRecord> = fc.record({
  timestamp: fc.oneof(fc.constant(-1), fc.nat(), fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 })),
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(fc.record({ name: fc.string({ unit: "grapheme", maxLength: 12 }), value: nullableBytes }), {
    maxLength: 4
  })
})

/** One to a dozen records. */
export const newRecords = fc.array(newRecord, { minLength: 1, maxLength: 12 })

const text = new TextEncoder()

/** A record with a text for its value, for tests in which only the order matters. */
export const textRecord = (value: string, timestamp = 1_700_000_000_000): NewRecord => ({
  timestamp,
  key: null,
  value: text.encode(value),
  headers: []
})
