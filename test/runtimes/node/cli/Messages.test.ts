import { expect, it } from "vitest"
import { messageLine } from "../../../../runtimes/node/cli/Messages.ts"

const at = new Date(Date.UTC(2026, 10, 21, 9, 8, 7, 6))

it("a message is one line with the time, the level and the text", () => {
  expect(messageLine(at, "Warn", "one\n  two", false)).toBe("2026-11-21T09:08:07.006Z WARN one; two")
})

it("a message for programs is one JSON object", () => {
  expect(messageLine(at, "Warn", "one", true)).toBe(
    '{"time":"2026-11-21T09:08:07.006Z","level":"Warn","message":"one"}'
  )
})
