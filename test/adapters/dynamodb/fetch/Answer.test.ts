import { describe, expect, it } from "vitest"
import { answerOf, itemOf, itemsOf } from "../../../../adapters/dynamodb/fetch/Answer.ts"

describe("an answer of DynamoDB", () => {
  it("has texts, numbers as texts and bytes from base64, and passes over what no journal has", () => {
    const item = { pk: { S: "a" }, offset: { N: "7" }, body: { B: "AP+A" }, other: { BOOL: true }, odd: 3 }
    expect(itemOf(item)).toEqual({
      pk: { S: "a" },
      offset: { N: "7" },
      body: { B: Uint8Array.from([0, 255, 128]) },
      other: {},
      odd: {}
    })
    expect(itemOf(undefined)).toBeUndefined()
    expect(itemsOf([{ pk: { S: "a" } }, "no item"])).toEqual([{ pk: { S: "a" } }])
    expect(itemsOf(undefined)).toEqual([])
  })

  it("names what was refused as DynamoDB's own driver does", () => {
    const text = JSON.stringify({
      __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
      message: "No."
    })
    expect(() => answerOf(400, text)).toThrow(
      expect.objectContaining({ name: "ResourceNotFoundException", message: "No." })
    )
    const coral = JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", Message: "Not you." })
    expect(() => answerOf(400, coral)).toThrow(
      expect.objectContaining({ name: "AccessDeniedException", message: "Not you." })
    )
  })

  it("is no DynamoDB's where it is no JSON, or names no kind of error, unless a server is ill", () => {
    expect(() => answerOf(200, "<html>")).toThrow(SyntaxError)
    expect(() => answerOf(404, "[]")).toThrow(SyntaxError)
    expect(() => answerOf(404, "{}")).toThrow(SyntaxError)
    for (const text of ["<html>", "{}"]) {
      expect(() => answerOf(503, text)).toThrow(expect.objectContaining({ $metadata: { httpStatusCode: 503 } }))
    }
  })
})
