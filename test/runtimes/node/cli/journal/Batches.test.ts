import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { Batches } from "../../../../../runtimes/node/cli/journal/Batches.ts"
import type { Batch, BatchOptions } from "../../../../../runtimes/node/cli/journal/Batches.ts"

/** Feeds texts as lines 1, 2, …: the batches, and the refusal that ended them. */
const gather = (options: Partial<BatchOptions>, ...texts: ReadonlyArray<string | Uint8Array | undefined>) => {
  const batches = new Batches({ size: 1, keepNumbers: false, ...options })
  const found: Array<Batch> = []
  for (const [at, text] of texts.entries()) {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text
    const added = batches.add({ number: at + 1, bytes })
    if (Result.isFailure(added)) return { found, refused: added.failure }
    if (added.success !== undefined) found.push(added.success)
  }
  const rest = batches.end()
  return { found: rest === undefined ? found : [...found, rest], refused: undefined }
}

const places = (batches: ReadonlyArray<Batch>) => batches.map(({ events, first, last }) => [first, last, events.length])

it("so many events are a batch, and the last one takes what is left", () => {
  const { found } = gather({ size: 2 }, "{}", "", "{}", "  \r", "{}")
  expect(places(found)).toEqual([
    [1, 3, 2],
    [5, 5, 1]
  ])
})

it("events are numbered anew unless their numbers are kept", () => {
  expect(gather({}, '{"seqNr":5}').found[0]?.events).toEqual([{ tags: [] }])
  expect(gather({ keepNumbers: true }, '{"seqNr":5}').found[0]?.events).toEqual([{ tags: [], seqNr: 5 }])
})

it("numbers that are kept have to be there, and to ascend", () => {
  expect(gather({ keepNumbers: true }, "{}").refused).toBe('Line 1 has no "seqNr", which --keep-numbers wants')
  expect(gather({ keepNumbers: true }, '{"seqNr":5}', '{"seqNr":5}').refused).toBe(
    "Line 2 has the number 5 after 5: numbers ascend"
  )
})

it("a line with other metadata than its batch is refused", () => {
  const lines = ['{"metadata":{"a":1}}', '{"metadata":{"a":1}}', '{"metadata":{"a":2}}'] as const
  expect(gather({ size: 3 }, ...lines).refused).toMatch(/^Line 3 has other metadata.* than line 1/)
  expect(places(gather({ size: 2 }, ...lines).found)).toEqual([
    [1, 2, 2],
    [3, 3, 1]
  ])
})

it("a refusal names the line, and what came before it is not lost", () => {
  const { found, refused } = gather({}, "{}", "{}", "{")
  expect(places(found)).toEqual([
    [1, 1, 1],
    [2, 2, 1]
  ])
  expect(refused).toMatch(/^Line 3 is not JSON/)
})

it("the first line of a batch that has begun is known until it is complete", () => {
  const batches = new Batches({ size: 2, keepNumbers: false })
  const begun = ["{}", "{}", "", "{}", "{"].map((text, at) => {
    batches.add({ number: at + 1, bytes: new TextEncoder().encode(text) })
    return batches.begun()
  })
  expect(begun).toEqual([1, undefined, undefined, 4, 4])
})

it("bytes that are not UTF-8, and lines that are too long, are refused", () => {
  expect(gather({}, Uint8Array.of(0x22, 0xff, 0x22)).refused).toBe("Line 1 is not UTF-8")
  expect(gather({}, undefined).refused).toBe("Line 1 is longer than 8388608 bytes: split the event")
})
