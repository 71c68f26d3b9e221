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

it("why the rest was not appended comes first, and that nothing was is not said twice", () => {
  const [none, some] = [new AppendReport(), new AppendReport()]
  none.note(1, 1, "unwritten")
  some.note(1, 2, "written")
  const invalid = "The metadata of an append has to be a JSON value; nothing was written."
  expect(none.tell(invalid)).toBe("The metadata of an append has to be a JSON value; nothing was appended.")
  expect(none.tell("Nothing was appended to t-0, no broker took it: append it again.")).toBe(
    "Nothing was appended to t-0, no broker took it: append it again."
  )
  expect(some.tell(invalid, "; correct it and append from line 3 on")).toBe(
    "The metadata of an append has to be a JSON value; the events of lines 1-2 are in the log, and no others; correct it and append from line 3 on."
  )
  expect(some.tell("Ended by SIGINT")).toBe("Ended by SIGINT; the events of lines 1-2 are in the log, and no others.")
})
