import { expect, it } from "vitest"
import { parseStat } from "./ProcessId.ts"

it("a program may have any name, and is still told when it was started", () => {
  const fields = ["S", ...Array.from({ length: 18 }, (_, i) => String(i)), "4546479", "0"]
  expect(parseStat(`12 (a b) R (c) ${fields.join(" ")}\n`)).toEqual({ state: "S", started: "4546479" })
})
