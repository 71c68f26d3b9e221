import * as fc from "fast-check"
import { isSuccess } from "effect/Result"
import { describe, expect, it } from "vitest"
import { jsonInt64 } from "../../../../core/journal/codec/JsonFields.ts"
import { JsonSyntaxError } from "../../../../core/journal/codec/JsonScan.ts"
import { checkJson, JsonCursor, jsonFields, jsonStringValue } from "../../../../core/journal/codec/JsonText.ts"
import { oddText } from "../OddText.ts"

const isJson = (text: string): boolean => isSuccess(checkJson(text))

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const spaced = fc.tuple(fc.jsonValue(), fc.constantFrom(0, 1, "\t", "\n \r")).map(([value, space]) => ({
  value,
  text: JSON.stringify(value, null, space)
}))

describe("checkJson", () => {
  it.each([
    "{}",
    "[]",
    " \t\r\n1 ",
    `"\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"`,
    "-0.5e+10",
    "0",
    `{"a":[{},[],null,true,false]}`,
    `"\ud800"`
  ])("takes %s", (text) => {
    expect(isJson(text)).toBe(true)
  })

  it.each([
    "",
    " ",
    "{",
    "[1,]",
    `{"a":1,}`,
    `{"a"}`,
    `{a:1}`,
    "{,}",
    "[,1]",
    "[1 2]",
    "{]",
    "[}",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "nul",
    "nulll",
    "NaN",
    `"\t"`,
    `"\u001f"`,
    `"\\x"`,
    `"\\u12g4"`,
    `"a`,
    `"\\`,
    "1 2",
    "'a'",
    "\u00a01",
    "\ufeff1",
    "// 1"
  ])("refuses %j", (text) => {
    expect(isJson(text)).toBe(false)
  })

  it("takes every JSON text", () => {
    fc.assert(fc.property(spaced, ({ text }) => isJson(text)))
  })

  it("agrees with the platform's parser on damaged JSON", () => {
    const damaged = fc
      .tuple(spaced, fc.nat(), fc.constantFrom("", ...'{}[]",:\\ 0.e-+ntu\u0001x'))
      .map(([{ text }, at, replacement]) => {
        const position = at % (text.length + 1)
        return text.slice(0, position) + replacement + text.slice(position + 1)
      })
    fc.assert(
      fc.property(damaged, (text) => {
        expect(isJson(text)).toBe(parses(text))
      }),
      { numRuns: 1000 }
    )
  })

  it("needs no call stack for depth", () => {
    const depth = 200_000
    expect(isJson("[".repeat(depth) + "]".repeat(depth))).toBe(true)
    expect(isJson(`{"a":`.repeat(depth))).toBe(false)
  })
})

describe("JsonCursor", () => {
  it("cuts out the fields of an object as they stand", () => {
    const fields = jsonFields(new JsonCursor(` { "a" : 1.10 , "b":[ 1, {"c":"}"} ] ,"\\u0063":"x"} `))
    expect([...fields]).toEqual([
      ["a", "1.10"],
      ["b", `[ 1, {"c":"}"} ]`],
      ["c", `"x"`]
    ])
  })

  it("gives the last of repeated fields", () => {
    expect(jsonFields(new JsonCursor(`{"a":1,"a":{},"a":3}`)).get("a")).toBe("3")
  })

  it("gives slices that parse to the values of the object", () => {
    fc.assert(
      fc.property(fc.dictionary(oddText(), fc.jsonValue()), (object) => {
        const fields = jsonFields(new JsonCursor(JSON.stringify(object)))
        const parsed = [...fields].map(([name, raw]): [string, unknown] => [name, JSON.parse(raw)])
        expect(new Map(parsed)).toEqual(new Map(Object.entries(JSON.parse(JSON.stringify(object)) as object)))
      })
    )
  })

  it("walks the elements of an array and stands behind it afterwards", () => {
    const cursor = new JsonCursor(` [ 1 , [] , "x" ] `)
    const elements: Array<string> = []
    cursor.open()
    while (cursor.nextElement()) elements.push(cursor.raw())
    cursor.end()
    expect(elements).toEqual(["1", "[]", `"x"`])
  })

  it("reads a value again after a rewind", () => {
    const cursor = new JsonCursor(`[{"a":1},2]`)
    cursor.open()
    cursor.nextElement()
    const { position } = cursor
    const first = cursor.raw()
    cursor.rewind(position)
    expect(cursor.raw()).toBe(first)
    expect(cursor.nextElement()).toBe(true)
    expect(cursor.raw()).toBe("2")
  })

  it("wants a comma after an empty container that it has left", () => {
    const cursor = new JsonCursor("[[] 1]")
    cursor.open()
    cursor.nextElement()
    cursor.open()
    expect(cursor.nextElement()).toBe(false)
    expect(() => cursor.nextElement()).toThrow("a comma")
  })

  it("refuses text after the value", () => {
    const cursor = new JsonCursor("1 x")
    cursor.raw()
    expect(() => cursor.end()).toThrow(JsonSyntaxError)
  })

  it("refuses to enter what is neither object nor array", () => {
    expect(() => new JsonCursor("1").open()).toThrow("an object or array")
  })
})

describe("jsonStringValue", () => {
  it("gives the text that a string stands for", () => {
    fc.assert(fc.property(oddText(), (text) => jsonStringValue(JSON.stringify(text)) === text))
  })
})

describe("jsonInt64", () => {
  it.each([
    ["1", 1n],
    ["1.0", 1n],
    ["1e3", 1000n],
    ["1.5E1", 15n],
    ["1500e-2", 15n],
    ["-0", 0n],
    ["0e999999999999", 0n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)]
  ])("%s is %s", (raw, value) => {
    expect(jsonInt64(raw)).toBe(value)
  })

  it.each(["1.5", "1e-1", "9223372036854775808", "1e999999999999", `"1"`, "true", "null", "{}"])(
    "%s is no 64-bit integer",
    (raw) => {
      expect(jsonInt64(raw)).toBeUndefined()
    }
  )

  it("is exact however the number is written", () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(int64, fc.nat(20), (value, zeros) => {
        expect(jsonInt64(`${value}.${"0".repeat(zeros + 1)}`)).toBe(value)
        expect(jsonInt64(`${value}${"0".repeat(zeros)}e-${zeros}`)).toBe(value)
      })
    )
  })
})
