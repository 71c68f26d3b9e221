import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryLog } from "../../../../adapters/memory/MemoryLog.ts"
import { MemoryStore } from "../../../../adapters/memory/MemoryStore.ts"
import {
  commitLogContract,
  ContractViolation,
  expectEqual,
  expectFailure,
  journalStoreContract
} from "../../../../core/ports/contract/index.ts"
import type { ContractCase } from "../../../../core/ports/contract/index.ts"
import type { CommitLog, JournalStore } from "../../../../core/ports/index.ts"

const brokenClaims = async (cases: ReadonlyArray<ContractCase>): Promise<ReadonlyArray<string>> => {
  const broken: Array<string> = []
  for (const { name, run } of cases) {
    const exit = await Effect.runPromiseExit(Effect.scoped(run))
    if (exit._tag === "Failure") broken.push(name)
  }
  return broken
}

const brokenStore = (change: (store: JournalStore) => Partial<JournalStore>) =>
  brokenClaims(
    journalStoreContract(
      Effect.sync(() => {
        const store = MemoryStore.make()
        return { store: { ...store, ...change(store) }, topic: "topic" }
      })
    )
  )

const brokenLog = (change: (log: CommitLog) => Partial<CommitLog>) =>
  brokenClaims(
    commitLogContract(
      Effect.sync(() => {
        const log = MemoryLog.make({ partitions: { topic: 2 } })
        return {
          log: { ...log, ...change(log) },
          topic: "topic",
          partitions: 2,
          missingTopic: "missing",
          tooLarge: 2_000_000
        }
      })
    )
  )

describe("expectEqual", () => {
  it("takes values of the same content for equal, whatever the order of properties and map entries", async () => {
    const left = {
      a: 1,
      b: new Map([
        ["x", 1],
        ["y", 2]
      ]),
      c: [new Uint8Array([1, 255])],
      d: undefined
    }
    const right = {
      c: [new Uint8Array([1, 255])],
      b: new Map([
        ["y", 2],
        ["x", 1]
      ]),
      a: 1
    }
    expect(await Effect.runPromise(expectEqual("it", left, right))).toBeUndefined()
  })

  it("names what differs, with both values", async () => {
    const violation = await Effect.runPromise(Effect.flip(expectEqual("the head", { a: "1" }, { a: 1 })))
    expect(violation).toBeInstanceOf(ContractViolation)
    expect(violation.message).toBe(
      `The adapter breaks its port's contract: the head should be {a: 1}, and is {a: "1"}.`
    )
  })

  it("shows the part of a long value where it begins to differ", async () => {
    const expected = new Uint8Array(100_000)
    const actual = expected.slice()
    actual[70_000] = 0xab
    const violation = await Effect.runPromise(Effect.flip(expectEqual("the bytes", actual, expected)))
    expect(violation.actual.length).toBeLessThan(500)
    expect(violation.actual).toContain("ab")
    expect(violation.expected).not.toContain("ab")
  })
})

describe("expectFailure", () => {
  it("refuses success, and failure of another reason", async () => {
    const error = { reason: "Other" as string }
    const other = await Effect.runPromise(Effect.flip(expectFailure("it", "Mine", Effect.fail(error))))
    expect(other.actual).toBe('"failed with Other"')
    const success: Effect.Effect<number, typeof error> = Effect.succeed(3)
    const violation = await Effect.runPromise(Effect.flip(expectFailure("it", "Mine", success)))
    expect(violation.actual).toBe('"succeeded with 3"')
  })
})

describe("the suite of the journal's store", () => {
  it("notices a store that ignores the limit of a read", async () => {
    const broken = await brokenStore((store) => ({ events: (request) => store.events({ ...request, limit: 1000 }) }))
    expect(broken).toEqual([
      "a read gives the events of its range, and no more than its limit",
      "events are read over gaps in their numbers, wherever the gaps begin and end"
    ])
  })

  it("notices a store that calls itself atomic and leaves the steps before a fenced one", async () => {
    const broken = await brokenStore(() => ({ ...MemoryStore.make({ atomic: false }), atomic: true }))
    expect(broken).toEqual(["a fenced write of an atomic store leaves nothing behind"])
  })

  it("notices a store that goes on after an id in another order than it answers in", async () => {
    const broken = await brokenStore((store) => ({
      ids: (topic, after, limit) =>
        Effect.map(store.ids(topic, undefined, 1000), (ids) =>
          ids.filter((id) => after === undefined || id > after).slice(0, limit)
        )
    }))
    expect(broken).toEqual(["96. ids are paged in one order, each once, for one topic"])
  })

  it("notices a store that goes on after an expired journal by its date alone", async () => {
    const broken = await brokenStore((store) => ({
      expired: (request) =>
        Effect.map(store.expired({ ...request, after: undefined, limit: 1000 }), (found) =>
          [...found]
            .sort((a, b) => (a.expireOn < b.expireOn ? -1 : a.expireOn > b.expireOn ? 1 : 0))
            .filter(({ expireOn }) => request.after === undefined || expireOn > request.after.expireOn)
            .slice(0, request.limit)
        )
    }))
    expect(broken).toEqual(["the journals that have expired by a date are paged, each once, for one topic"])
  })

  it("notices a store that moves a pointer from anywhere", async () => {
    const broken = await brokenStore((store) => ({
      write: (steps) =>
        Effect.forEach(
          steps,
          (step) =>
            step._tag === "PutPointer"
              ? Effect.flatMap(store.pointer(step.topic, step.partition), (previous) =>
                  store.write([{ ...step, previous }])
                )
              : store.write([step]),
          { discard: true }
        )
    }))
    expect(broken).toEqual([
      "a pointer that stands elsewhere is not moved: the write fails with Fenced",
      "of concurrent moves of one pointer from the same place, one succeeds and the others are fenced",
      "a fenced write of an atomic store leaves nothing behind"
    ])
  })
})

describe("the suite of the log", () => {
  it("notices a log that loses null headers", async () => {
    const broken = await brokenLog((log) => ({
      append: (request) =>
        log.append({ ...request, headers: request.headers.filter((header) => header.value !== null) })
    }))
    expect(broken).toEqual(["a header without a value comes back without one"])
  })

  it("notices a log that never waits", async () => {
    const broken = await brokenLog((log) => ({ read: (request) => log.read({ ...request, maxWaitMs: 0 }) }))
    expect(broken).toEqual(["a read at the end waits for the next record, and is woken by its append"])
  })

  it("notices a log that answers a page again when a record is larger than the page", async () => {
    const broken = await brokenLog((log) => ({
      read: (request) =>
        Effect.map(log.read(request), (page) =>
          page.records.some((record) => (record.value?.length ?? 0) > request.maxBytes)
            ? { ...page, records: [], nextOffset: request.offset }
            : page
        )
    }))
    expect(broken).toContain("a record larger than the page is answered whole")
  })
})
