import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryStore } from "../../../adapters/memory/MemoryStore.ts"
import { journalReplicationContract, journalStoreContract } from "../../../core/ports/contract/index.ts"
import type { JournalHead, WriteStep } from "../../../core/ports/index.ts"

const head: JournalHead = {
  partition: 0,
  offset: 1,
  seqNr: 1,
  deleteTo: 0,
  recordId: "r",
  created: 1,
  updated: 1,
  expireAfter: undefined,
  expireOn: undefined,
  origin: undefined
}

const putHead: WriteStep = { _tag: "PutHead", key: { topic: "t", id: "a" }, head, previous: undefined }
const stale: WriteStep = { _tag: "PutPointer", topic: "t", partition: 0, offset: 8, previous: 7 }

for (const atomic of [true, false]) {
  describe(`a store in memory that is ${atomic ? "" : "not "}atomic keeps the contract`, () => {
    const make = Effect.sync(() => ({ store: MemoryStore.make({ atomic }), topic: "topic" }))
    for (const { name, run } of [...journalStoreContract(make), ...journalReplicationContract(make)]) {
      it(name, () => Effect.runPromise(Effect.scoped(run)))
    }
  })
}

describe("MemoryStore", () => {
  it("carries out the steps before a fenced one when it is not atomic", async () => {
    const store = MemoryStore.make({ atomic: false })
    const error = await Effect.runPromise(Effect.flip(store.write([putHead, stale])))
    expect(error.reason).toBe("Fenced")
    expect(await Effect.runPromise(store.head({ topic: "t", id: "a" }))).toEqual(head)
  })

  it("says in a sentence who is fenced and where the pointer stands", async () => {
    const error = await Effect.runPromise(Effect.flip(MemoryStore.make().write([stale])))
    expect(error.message).toBe(
      "Another replicator has moved the pointer of t-0 from 7 to nowhere: stop this one, or let it start again from there."
    )
  })

  it("keeps nothing of a journal whose events and head are removed", async () => {
    const store = MemoryStore.make()
    const key = { topic: "t", id: "a" }
    await Effect.runPromise(
      store.write([
        putHead,
        { _tag: "RemoveHead", key, previous: head, partition: head.partition, offset: head.offset }
      ])
    )
    expect(await Effect.runPromise(store.ids("t", undefined, 10))).toEqual([])
    expect(await Effect.runPromise(store.head(key))).toBeUndefined()
  })
})
