import { expect, it } from "vitest"
import { audit } from "./Audit.ts"
import type { Asked, ChainRequest, Outcome } from "./History.ts"

const get: ChainRequest = { of: "Values", request: { _tag: "Get", key: "k" } }
const put = (value: string): ChainRequest => ({ of: "Values", request: { _tag: "Put", key: "k", value } })
const add: ChainRequest = { of: "Counters", request: { _tag: "Add", key: "n", by: 5 } }
const count: ChainRequest = { of: "Counters", request: { _tag: "Read", key: "n" } }

const asked = (
  asks: ChainRequest,
  [invoked, at]: readonly [number, number],
  outcome: Outcome,
  response: NonNullable<Asked["response"]> | null = null,
  position?: number
): Asked => {
  const one: Asked = { client: "c", node: 1, asks, invoked, at, outcome }
  if (outcome === "Ok") one.response = response
  if (position !== undefined) one.position = position
  return one
}

it("a history in which everything is where it belongs is spotless", () => {
  const { checked, complaints } = audit([
    asked(put("a"), [0, 1], "Ok", "ok", 0),
    asked(add, [0, 2], "Ok", 5, 1),
    asked(get, [3, 4], "Ok", "a"),
    asked(count, [3, 4], "Ok", 5)
  ])
  expect({ checked, complaints }).toEqual({ checked: 4, complaints: [] })
})

it("a value that was acknowledged and is not there is a complaint, with the moments between which it was missed", () => {
  const { complaints, window } = audit([asked(put("a"), [0, 1], "Ok", "ok", 0), asked(get, [3, 4], "Ok", null)])
  expect(complaints).toEqual([expect.stringContaining("get k → null of c at 1")])
  expect(window).toEqual([0, 4])
})

it("what nobody heard of may have happened, or not, and no read that failed is asked for more", () => {
  const both = ["a", null].map((found) =>
    audit([asked(put("a"), [0, 1], "Unknown"), asked(get, [1, 2], "Unknown"), asked(get, [3, 4], "Ok", found)])
  )
  expect(both.flatMap(({ complaints }) => complaints)).toEqual([])
})

it("what was refused, or never sent, and is there is a complaint", () => {
  for (const outcome of ["Refused", "Unsent"] as const) {
    const { complaints } = audit([asked(put("a"), [0, 1], outcome), asked(get, [3, 4], "Ok", "a")])
    expect(complaints).toHaveLength(1)
  }
})

it("an addition that counts twice is a complaint", () => {
  expect(audit([asked(add, [0, 1], "Ok", 5, 0), asked(count, [3, 4], "Ok", 10)]).complaints).toHaveLength(1)
})

it("a command whose place is in front of one that had ended before is a complaint, also of another key", () => {
  const { complaints } = audit([asked(put("a"), [0, 1], "Ok", "ok", 7), asked(add, [2, 3], "Ok", 5, 6)])
  expect(complaints).toEqual([expect.stringContaining("position 6")])
})

it("two commands at one place are a complaint", () => {
  const { complaints } = audit([asked(put("a"), [0, 5], "Ok", "ok", 7), asked(add, [2, 3], "Ok", 5, 7)])
  expect(complaints).toEqual([expect.stringContaining("both claim position 7")])
})
