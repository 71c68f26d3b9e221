import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeBatchResponse, readBatchResponse } from "../../../core/lambda/index.ts"

const record = (offset: number) => ({ offset, timestamp: 0, key: null, value: null, headers: [] })
const batch = [
  { topic: "or-1", partition: 2, records: [3, 4, 7].map(record) },
  { topic: "or", partition: 0, records: [0, 1].map(record) }
]

describe("the answer of a function", () => {
  it("names the first record of each partition that is to be handed over again", () => {
    expect(encodeBatchResponse([{ topic: "or-1", partition: 2, offset: 4 }])).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: "or-1-2", offset: 4 } }]
    })
    expect(encodeBatchResponse([])).toEqual({ batchItemFailures: [] })
  })

  it("is understood by the mapping as it was meant", () => {
    const resume = fc.tuple(fc.constantFrom(undefined, 3, 4, 7), fc.constantFrom(undefined, 0, 1)).map((offsets) =>
      offsets.flatMap((offset, at) => {
        const one = batch[at]
        return offset === undefined || one === undefined ? [] : [{ topic: one.topic, partition: one.partition, offset }]
      })
    )
    fc.assert(
      fc.property(resume, (given) => {
        const verdict = readBatchResponse(JSON.parse(JSON.stringify(encodeBatchResponse(given))), batch)
        expect(verdict).toEqual(given.length === 0 ? { _tag: "Done" } : { _tag: "Resume", resume: given })
      })
    )
  })

  it.each([[undefined], [null], [""], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
    "means that all is done where it is %j",
    (answer) => {
      expect(readBatchResponse(answer, batch)).toEqual({ _tag: "Done" })
    }
  )

  it.each([
    [{ batchItemFailures: [{ itemIdentifier: { partition: "or-9", offset: 0 } }] }],
    [{ batchItemFailures: [{ itemIdentifier: { partition: "or-0", offset: 2 } }] }],
    [{ batchItemFailures: [{ itemIdentifier: { "topic-partition": "or-0", offset: 1 } }] }],
    [{ batchItemFailures: [{ itemIdentifier: "or-0" }] }],
    [{ batchItemFailures: [null] }],
    [{ batchItemFailures: "or-0" }]
  ])("fails the whole batch where it is %j", (answer) => {
    expect(readBatchResponse(answer, batch)._tag).toBe("Failed")
  })

  it.each([[{}], [{ itemIdentifier: {} }], [{ itemIdentifier: { partition: "or-0", offset: "1" } }], [7]])(
    "is told how a failure is written where one is %j",
    (failure) => {
      const message = `${JSON.stringify(failure)} in batchItemFailures is not {"itemIdentifier":{"partition":"TOPIC-PARTITION","offset":OFFSET}}`
      expect(readBatchResponse({ batchItemFailures: [failure] }, batch)).toEqual({ _tag: "Failed", message })
    }
  )

  it("counts the first of several records of one partition", () => {
    const { batchItemFailures } = encodeBatchResponse(
      [7, 3, 4].map((offset) => ({ topic: "or-1", partition: 2, offset }))
    )
    expect(readBatchResponse({ batchItemFailures }, batch)).toEqual({
      _tag: "Resume",
      resume: [{ topic: "or-1", partition: 2, offset: 3 }]
    })
  })
})
