import { describe, expect, it } from "vitest"
import { chosenType } from "../../../adapters/http/Accept.ts"

const offered = ["application/json", "application/x-ndjson", "text/event-stream"] as const
const chosen = (header?: string) => chosenType(header, offered)

describe("the form of an answer", () => {
  it("is the first one that can be had where nothing is said, or anything goes", () => {
    for (const header of [undefined, "", "*/*", "application/*", "*/*;q=0.5"]) {
      expect(chosen(header)).toBe("application/json")
    }
  })

  it("is the one that is named, in whatever case", () => {
    expect(chosen("text/event-stream")).toBe("text/event-stream")
    expect(chosen("Application/X-NDJSON")).toBe("application/x-ndjson")
    expect(chosen("text/html, text/*")).toBe("text/event-stream")
  })

  it("is the one that is wanted most", () => {
    expect(chosen("application/json;q=0.5, application/x-ndjson;q=0.8")).toBe("application/x-ndjson")
    expect(chosen("application/json; charset=utf-8; q=0.1, */*; q=0.2")).toBe("application/x-ndjson")
  })

  it("is none that is refused, or not offered", () => {
    expect(chosen("application/json;q=0")).toBeUndefined()
    expect(chosen("text/html")).toBeUndefined()
    expect(chosen("nonsense")).toBeUndefined()
    expect(chosen("*/*, application/json;q=0")).toBe("application/x-ndjson")
  })
})
