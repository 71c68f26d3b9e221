import * as fc from "fast-check"
import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { parseTopicPartition, partitionFor, topicPartitionName } from "../../../core/log/index.ts"

const require = createRequire(import.meta.url)
const kafkajs = require("kafkajs/src/producer/partitioners/default/index.js")()

describe("partitionFor", () => {
  it("puts a key where kafkajs's default partitioner puts it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 0 }))
        const theirs = kafkajs({ topic: "t", partitionMetadata, message: { key: Buffer.from(key) } })
        expect(partitionFor(key, count)).toBe(theirs)
      })
    )
  })
})

describe("the name of a partition", () => {
  it("reads back, also when the topic's own name ends in a number", () => {
    for (const tp of [
      { topic: "orders", partition: 0 },
      { topic: "a-1", partition: 12 },
      { topic: "x.y_z-", partition: 3 }
    ]) {
      expect(parseTopicPartition(topicPartitionName(tp))).toEqual(tp)
    }
  })

  it("is not any text with a number at its end", () => {
    for (const name of ["orders", "orders-", "orders-01", "-1", "..-1", "a/b-1", "orders-9999999999"]) {
      expect(parseTopicPartition(name)).toBeUndefined()
    }
  })
})
