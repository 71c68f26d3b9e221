import { afterEach, describe, expect, it, vi } from "vitest"
import { loadNodeSqlite } from "../../../../adapters/sql/sqlite/NodeSqlite.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

describe("loadNodeSqlite", () => {
  it("gives Node's own SQLite", () => {
    expect(loadNodeSqlite()?.DatabaseSync).toBeTypeOf("function")
  })

  it("keeps back the warning about SQLite, lets others pass, and leaves the emitter as it was", () => {
    const emitted: Array<ReadonlyArray<unknown>> = []
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation((...warning) => {
      emitted.push(warning)
    })
    const emitter = process.emitWarning
    vi.spyOn(process, "getBuiltinModule").mockImplementation(() => {
      process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning")
      process.emitWarning("something else", "DeprecationWarning")
      return {}
    })
    loadNodeSqlite()
    expect(emitted).toEqual([["something else", "DeprecationWarning"]])
    expect(emitWarning).toHaveBeenCalledTimes(1)
    expect(process.emitWarning).toBe(emitter)
  })

  it("leaves the emitter as it was when loading fails", () => {
    const emitter = process.emitWarning
    vi.spyOn(process, "getBuiltinModule").mockImplementation(() => {
      throw new Error("no such module")
    })
    expect(() => loadNodeSqlite()).toThrow("no such module")
    expect(process.emitWarning).toBe(emitter)
  })
})
