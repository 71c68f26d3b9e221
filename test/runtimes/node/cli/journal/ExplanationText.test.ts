import { expect, it } from "vitest"
import type { JournalState } from "../../../../../core/journal/index.ts"
import { explanationTable } from "../../../../../runtimes/node/cli/journal/ExplanationText.ts"

const firstLine = (state: JournalState | undefined): string | undefined => {
  const place = { key: { topic: "orders", id: "a" }, partition: 0, mark: 9, pointer: undefined, seam: 0 }
  return explanationTable({ ...place, head: undefined, state, events: [] }).split("\n")[0]
}

it("an explanation tells the last number, and up to which there are no events, deleted or never there", () => {
  expect(firstLine(undefined)).toBe('Journal "a" in orders-0: no journal')
  expect(firstLine({ seqNr: 7, deleteTo: 0 })).toBe('Journal "a" in orders-0: last number 7')
  expect(firstLine({ seqNr: 7, deleteTo: 4 })).toBe('Journal "a" in orders-0: last number 7, no events up to 4')
})

it("numbers are told whole, on a line of their own where there is no room beside a long name", () => {
  const seqNr = Number.MAX_SAFE_INTEGER
  const key = { topic: "t".repeat(100), id: "a" }
  const head = {
    ...{ partition: 0, offset: 123_456_789, seqNr, deleteTo: seqNr - 1, recordId: "r", created: 1, updated: 1 },
    ...{ expireAfter: undefined, expireOn: undefined, origin: undefined }
  }
  const table = explanationTable({
    ...{ key, partition: 0, mark: 9, pointer: 123_456_789, seam: 123_456_790 },
    ...{ head, state: { seqNr, deleteTo: seqNr - 1 }, events: [] }
  })
  expect(table).toContain("\nlast number 9007199254740991, no events up to 9007199254740990\n")
  expect(table).toContain("\nhead     123456789: the store has events up to 9007199254740991 of this journal\n")
  expect(table.split("\n").every((line) => line.length <= 80)).toBe(true)
})
