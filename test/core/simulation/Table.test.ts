import { describe, expect, it } from "vitest"
import { showTable } from "../../../core/simulation/Table.ts"
import type { TraceEvent } from "../../../core/simulation/TraceEvent.ts"

const events: ReadonlyArray<TraceEvent> = [
  { at: 1000, node: "n1", kind: "start", what: "start" },
  { at: 1004, node: "n1", kind: "send", what: "Append", message: 7, to: "n2" },
  { at: 1009, node: "n2", kind: "deliver", what: "Append", message: 7, from: "n1", status: "follower of term 2" },
  { at: 1010, node: "n2", kind: "drop", what: "Append", message: 8, from: "n1" },
  { at: 12_000, node: "", kind: "fault", what: "cut n1 | n2 n3" }
]

describe("a table of events", () => {
  it("has a line for each of them, in columns, with the signs that it uses", () => {
    expect(showTable(events)).toBe(
      [
        "→ sent   ← arrived   × lost   ^ start   ! fault",
        "  time  node    event           status",
        "  1000  n1    ^ start",
        "  1004  n1    → n2 #7 Append",
        "  1009  n2    ← n1 #7 Append    follower of term 2",
        "  1010  n2    × n1 #8 Append",
        " 12000        ! cut n1 | n2 n3"
      ].join("\n")
    )
  })

  it("keeps each event on its line, whatever is in it", () => {
    const what = "two\nlines\tand \u001b[31mcolours"
    const table = showTable([{ at: 1, node: "n\n1", kind: "note", what, status: "a\r\nb" }])
    expect(table.split("\n").at(-1)).toBe("     1  n 1   # two lines and [31mcolours  a b")
    expect(table.split("\n")).toHaveLength(3)
  })

  it("does not let one long event push away the status of the others", () => {
    const long = "x".repeat(500)
    const [, , first, second] = showTable([
      { at: 1, node: "n1", kind: "note", what: long, status: "s1" },
      { at: 2, node: "n1", kind: "note", what: "short", status: "s2" }
    ]).split("\n")
    expect(first).toContain(`${long}  s1`)
    expect(second?.length).toBeLessThan(90)
  })

  it("shows no events as a header", () => {
    expect(showTable([]).split("\n")).toHaveLength(2)
  })
})
