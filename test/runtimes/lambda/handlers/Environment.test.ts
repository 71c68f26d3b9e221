import { describe, expect, it } from "vitest"
import { neededText, numberOf, switchOf, textOf, wordOf } from "../../../../runtimes/lambda/handlers/Environment.ts"

describe("a setting in the environment", () => {
  it("counts as absent where it is empty", () => {
    expect(textOf({ NAME: "  " }, "NAME")).toBeUndefined()
    expect(numberOf({ NAME: "" }, "NAME", 0)).toBeUndefined()
    expect(switchOf({ NAME: "" }, "NAME", true)).toBe(true)
    expect(wordOf({}, "NAME", ["a"])).toBeUndefined()
  })

  it("is read as what it is", () => {
    expect(textOf({ NAME: " a " }, "NAME")).toBe("a")
    expect(numberOf({ NAME: "17" }, "NAME", 0)).toBe(17)
    expect(switchOf({ NAME: "false" }, "NAME", true)).toBe(false)
    expect(wordOf({ NAME: "b" }, "NAME", ["a", "b"])).toBe("b")
  })

  it("that is needed and absent says in a sentence what to set", () => {
    const message = "The environment variable TABLE is missing: set it to the name of a table."
    expect(() => neededText({}, "TABLE", "the name of a table")).toThrow(message)
  })

  it.each(["-1", "1.5", "1e3", "many", "9007199254740992"])("is refused as a number where it is %s", (text) => {
    expect(() => numberOf({ NAME: text }, "NAME", 0)).toThrow(`is "${text}": write a whole number from 0 on.`)
  })

  it("is refused where it is none of the words", () => {
    expect(() => switchOf({ NAME: "yes" }, "NAME", true)).toThrow(`is "yes": write true or false.`)
    expect(() => wordOf({ NAME: "c" }, "NAME", ["a", "b"])).toThrow(`is "c": write one of a, b.`)
  })
})
