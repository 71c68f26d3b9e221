import { expect, it } from "vitest"
import { AppendReport } from "../../../../../runtimes/node/cli/journal/AppendReport.ts"
import type { Outcome } from "../../../../../runtimes/node/cli/journal/AppendReport.ts"

const described = (...notes: ReadonlyArray<readonly [number, number, Outcome]>): string => {
  const report = new AppendReport()
  for (const [first, last, outcome] of notes) report.note(first, last, outcome)
  return report.describe()
}

it("neighbouring batches are told as one range, over empty lines too", () => {
  expect(described([1, 2, "written"], [5, 6, "written"])).toBe("the events of lines 1-6 are in the log, and no others")
})

it("a single line is told in the singular", () => {
  expect(described([1, 1, "written"])).toBe("the events of line 1 are in the log, and no others")
})

it("a batch that failed between written ones parts them", () => {
  expect(described([1, 3, "written"], [4, 4, "unwritten"], [5, 6, "written"], [7, 7, "written"])).toBe(
    "the events of lines 1-3 and 5-7 are in the log, and no others"
  )
})

it("lost answers are told as unknown, beside what is known", () => {
  expect(described([1, 3, "written"], [4, 5, "unknown"])).toBe(
    "whether the events of lines 4-5 are in the log is unknown, read the journal to see; the events of lines 1-3 are in the log"
  )
})

it("where the first answer is lost, nothing else was appended", () => {
  expect(described([1, 1, "unknown"], [2, 9, "unwritten"])).toBe(
    "whether the events of line 1 are in the log is unknown, read the journal to see; nothing else was appended"
  )
})

it("where nothing was written, that is said", () => {
  expect(described([1, 5, "unwritten"])).toBe("nothing was appended")
})
