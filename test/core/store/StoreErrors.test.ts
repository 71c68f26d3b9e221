import { describe, expect, it } from "vitest"
import { corruptError, fencedPointer, journalName, missingDriver, readOnlyError } from "../../../core/store/index.ts"

const step = { _tag: "PutPointer", topic: "orders", partition: 3, offset: 9, previous: 7 } as const

describe("what stores say alike", () => {
  it("names a journal with its topic, whatever its id is", () => {
    expect(journalName({ topic: "orders", id: `a "b"\n` })).toBe(String.raw`journal "a \"b\"\n" of topic orders`)
  })

  it("tells a replicator that is out of date from where and to where the pointer was moved", () => {
    expect(fencedPointer(step, 8)).toMatchObject({
      reason: "Fenced",
      operation: "write",
      message:
        "Another replicator has moved the pointer of orders-3 from 7 to 8: stop this one, or let it start again from there."
    })
    expect(fencedPointer({ ...step, previous: undefined }, 0).message).toContain("from nowhere to 0:")
    expect(fencedPointer(step, undefined).message).toContain("from 7 to nowhere:")
  })

  it("refuses to write where a store was opened for reading", () => {
    expect(readOnlyError("Table t")).toMatchObject({
      reason: "Failed",
      operation: "write",
      message: "Table t was opened for reading only: open it for writing."
    })
  })

  it("says what cannot be decoded and why, whatever was thrown", () => {
    const thrown = new TypeError("column id is empty")
    expect(corruptError("ids", "An id of topic t", "row", thrown)).toMatchObject({
      reason: "Corrupt",
      operation: "ids",
      cause: thrown,
      message:
        "An id of topic t cannot be decoded (column id is empty): restore the row, or remove it and replicate it again."
    })
    expect(corruptError("ids", "An id of topic t", "item", "empty").message).toContain("(empty): restore the item,")
  })

  it("says which package is missing and how to install it", () => {
    const thrown = new Error("ERR_MODULE_NOT_FOUND")
    expect(missingDriver("pg", thrown)).toMatchObject({
      reason: "Failed",
      operation: "open",
      cause: thrown,
      message: "The package pg cannot be loaded: install it with `npm install pg`."
    })
  })
})
