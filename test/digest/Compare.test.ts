import { describe, expect, it } from "vitest"
import { differences, lineOf } from "./Compare.ts"
import { digestOf, textOf } from "./Digest.ts"

const computed = (runtime: string, digests: Readonly<Record<string, string>>) => ({ runtime, version: "1", digests })

describe("the comparison of digests", () => {
  it("names each part that differs, and where", () => {
    const all = [
      computed("Node", { fold: "a", texts: "b" }),
      computed("Deno", { fold: "a", texts: "c" }),
      computed("workerd", { fold: "a" })
    ]
    expect(differences(all)).toEqual(["texts: c on Deno, b on Node", "texts: undefined on workerd, b on Node"])
  })

  it("takes nothing for a difference", () => {
    expect(differences([])).toHaveLength(1)
  })

  it("gives one line for each run-time, with one digest over all parts", () => {
    const line = lineOf(computed("Node", { fold: "a" }))
    expect(line).toBe(`Node     ${digestOf({ fold: "a" })}  1 parts  (1)`)
    expect(lineOf(computed("Node", { fold: "b" }))).not.toBe(line)
  })
})

describe("the digest of data", () => {
  it("tells apart what is not the same", () => {
    const all = [
      undefined,
      null,
      0,
      -0,
      0n,
      "0",
      [],
      {},
      new Map(),
      new Set(),
      new Uint8Array(),
      [0],
      [[], []],
      [[[]]],
      { a: undefined },
      { a: "undefined" },
      new TypeError("a"),
      new TypeError("b")
    ]
    expect(new Set(all.map(textOf)).size).toBe(all.length)
  })
})
