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
