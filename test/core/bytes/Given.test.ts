import { describe, expect, it } from "vitest"
import { Given } from "../../../core/bytes/index.ts"

describe("what was given", () => {
  it.each([
    ["a text, in quotes", "dynamodb", '"dynamodb"'],
    ["a long text, by its beginning", "x".repeat(50), `"${"x".repeat(40)}…"`],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["a number", 7, "7"],
    ["a bigint", 7n, "7"],
    ["a list", [1], "a list"],
    ["an empty list", [], "an empty list"],
    ["a Map", new Map(), "a Map"],
    ["an object", { a: 1 }, "an object"],
    ["a function", () => 1, "a function"]
  ])("is shown in a few words: %s", (_, value, shown) => {
    expect(Given.wrongOne("`x`", value, "a set")).toBe(`\`x\` is ${shown}, and has to be a set`)
    expect(Given.wrongOnes("The xs", value, "sets")).toBe(`The xs are ${shown}, and have to be sets`)
  })

  it("has fields where it is an object that is neither a list nor a Map", () => {
    expect([{}, { a: 1 }].every(Given.hasFields)).toBe(true)
    expect([null, undefined, "a", 1, [], new Map(), () => 1].some(Given.hasFields)).toBe(false)
  })

  it("is told of a field that means nothing, unless that is undefined", () => {
    expect(Given.unknownField({ a: 1, b: undefined }, ["a"])).toBeUndefined()
    expect(Given.unknownField({ a: 1, b: 2 }, ["a"])).toBe("b")
    expect(Given.meansNothing("b", ["a", "c"])).toBe('a field "b", which means nothing here: there are a, c')
  })

  it("may be no text where it has to be one or may be left out", () => {
    expect(Given.wrongText("`x`", undefined)).toBeUndefined()
    expect(Given.wrongText("`x`", "")).toBeUndefined()
    expect(Given.wrongText("`x`", 5)).toBe("`x` is 5, and has to be a text")
  })
})
