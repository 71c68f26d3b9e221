import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { decodeAction, HeadCache } from "../../../core/journal/index.ts"
import { allGroupings, cells, groupings } from "./JournalMatrix.ts"
import { journalFace, journalMatrix, matrixSize } from "./JournalMatrixRuns.ts"
import { memoryWorld, openJournal } from "./JournalWorld.ts"

describe("the matrix", () => {
  it("5. has every way to split up to five events into records", () => {
    expect([0, 1, 2, 3, 4, 5].map((size) => groupings(size).length)).toEqual([1, 1, 2, 4, 8, 16])
    expect(new Set(allGroupings.map((grouping) => grouping.join("+"))).size).toBe(32)
  })

  it("has all its cases", () => {
    const worlds = new Set(cells.map(({ reader, store, tail }) => `${store.name}, ${tail}, ${reader}`))
    expect(worlds.size).toBe(cells.length)
    expect(matrixSize).toBe(24_960)
    console.log(`the journal's matrix has ${matrixSize} cases for each store`)
  })
})

journalMatrix(
  "a store in memory",
  Effect.sync(() => MemoryStore.make())
)
journalMatrix(
  "a store without transactions",
  Effect.sync(() => MemoryStore.make({ atomic: false }))
)
journalFace(
  "a store in memory",
  ["empty", 0],
  Effect.sync(() => memoryWorld())
)
journalFace(
  "a store without transactions, with a head cache",
  [2],
  Effect.suspend(() => {
    const world = memoryWorld({ atomic: false })
    return Effect.map(HeadCache.make(world), (heads) => ({ ...world, heads }))
  })
)

describe("a mark", () => {
  it("76. has an id of its own, a UUID, and nothing else", () =>
    Effect.gen(function* () {
      const world = memoryWorld()
      const journal = openJournal(world, "orders")
      yield* journal.append([{ payload: 1 }])
      const first = yield* world.log.read({ topic: "orders", partition: 0, offset: 0, maxBytes: 1e6, maxWaitMs: 0 })
      yield* journal.pointer
      yield* journal.pointer
      const offset = first.nextOffset
      const { records } = yield* world.log.read({ topic: "orders", partition: 0, offset, maxBytes: 1e6, maxWaitMs: 0 })
      const marks = records.map((record) => Result.getOrThrow(decodeAction(record)))
      const ids = marks.map((mark) => (mark?._tag === "Mark" ? mark.id : undefined))
      expect(new Set(ids).size).toBe(2)
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      for (const { headers, value } of records) expect([value, headers.length]).toEqual([null, 1])
    }).pipe(Effect.runPromise))
})
