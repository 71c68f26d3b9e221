import { expect, it } from "vitest"
import { check, inClauses } from "../../../../../runtimes/node/cli/doctor/Check.ts"
import { checkJson, checkText, summaryJson, summaryText } from "../../../../../runtimes/node/cli/doctor/CheckText.ts"
import { counted, durationText, few } from "../../../../../runtimes/node/cli/doctor/Words.ts"

const checks = [
  check("broker", "a:9092").ok("a:9092 answers after 1 ms"),
  check("size", "orders").warn("orders is small", "make it larger"),
  check("topic", "orders").fail("orders does not exist", "create it"),
  check("store").skip("no store was named")
]

it("a terminal gets signs, and below what is wrong what to do", () => {
  expect(checks.map((each) => checkText(each, { signs: true, colors: false })).join("\n")).toBe(
    [
      "✓ broker      a:9092 answers after 1 ms",
      "! size        orders is small",
      "              -> make it larger",
      "✗ topic       orders does not exist",
      "              -> create it",
      "- store       skipped: no store was named"
    ].join("\n")
  )
})

it("what is no terminal gets words in ASCII", () => {
  const text = checks.map((each) => checkText(each, { signs: false, colors: false })).join("\n")
  expect(text).toBe(
    [
      "ok   broker      a:9092 answers after 1 ms",
      "warn size        orders is small",
      "                 -> make it larger",
      "FAIL topic       orders does not exist",
      "                 -> create it",
      "skip store       no store was named"
    ].join("\n")
  )
})

it("with colors only the sign is colored", () => {
  expect(checkText(check("store").ok("well"), { signs: true, colors: true })).toBe(
    "\u001b[32m✓\u001b[39m store       well"
  )
})

it("a program gets one JSON object for each check, and one at the end", () => {
  expect(JSON.parse(checkJson(check("topic", "orders").fail("is gone", "create it")))).toEqual({
    type: "check",
    check: "topic",
    subject: "orders",
    status: "failed",
    message: "is gone",
    advice: "create it"
  })
  expect(JSON.parse(summaryJson(checks))).toEqual({
    type: "summary",
    checks: 4,
    ok: 1,
    warnings: 1,
    failed: 1,
    skipped: 1
  })
})

it("the last line counts, and leaves out what there is none of", () => {
  expect(summaryText(checks)).toBe("4 checks: 1 ok, 1 warning, 1 failed, 1 skipped")
  expect(summaryText(checks.slice(0, 1))).toBe("1 check: 1 ok")
})

it("a sentence is taken apart at its last colon", () => {
  expect(inClauses("Cannot connect: nobody listens: start one.")).toEqual({
    message: "Cannot connect: nobody listens",
    advice: "start one"
  })
  expect(inClauses("All is lost.")).toEqual({ message: "All is lost", advice: undefined })
})

it.each([
  [3, "3 ms"],
  [1500, "1.5 s"],
  [59_999, "1 min"],
  [720_000, "12 min"],
  [3_600_000, "1 h"],
  [604_800_000, "7 days"]
])("%i ms are said as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

it("numbers and lists are said as people say them", () => {
  expect([counted(1, "record"), counted(0, "record")]).toEqual(["1 record", "0 records"])
  expect([few(["a", "b"]), few(["a", "b", "c", "d"])]).toEqual(["a, b", "a, b, c and 1 more"])
})
