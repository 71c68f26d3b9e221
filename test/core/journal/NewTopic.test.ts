import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CommitLogError } from "../../../core/ports/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
import { memoryWorld, openJournal, seqNrs } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"
const message = "Topic orders does not exist here."
const refused = { _tag: "JournalError", reason: "Refused", message }

/** A world in which a topic is there only once somebody has asked to create it, if that is allowed at all. */
const emptyCluster = ({ creates }: { readonly creates: boolean }): World => {
  const { log, store } = memoryWorld()
  let there = false
  const partitions: CommitLog["partitions"] = (name, options) =>
    Effect.suspend(() => {
      there ||= creates && options?.create === true
      const missing = new CommitLogError({ operation: "topics", reason: "UnknownTopic", topic: name, message })
      return there ? log.partitions(name) : Effect.fail(missing)
    })
  return { log: { ...log, partitions }, store }
}

describe("a journal of a topic that does not exist yet", () => {
  it.effect("has no events and no number, and there is nothing to delete", () =>
    Effect.gen(function* () {
      expect(yield* seqNrs(openJournal(emptyCluster({ creates: true }), topic))).toEqual([])
      expect(yield* openJournal(emptyCluster({ creates: true }), topic).pointer).toBeUndefined()
      expect(yield* openJournal(emptyCluster({ creates: true }), topic).delete(3)).toBeUndefined()
    })
  )

  it.effect("is recovered first and appended to second", () =>
    Effect.gen(function* () {
      const journal = openJournal(emptyCluster({ creates: true }), topic)
      expect(yield* seqNrs(journal)).toEqual([])
      yield* journal.append([{ payload: 1 }])
      expect(yield* seqNrs(journal)).toEqual([1])
    })
  )

  it.effect("is refused where topics do not come into being by themselves, never taken for an empty one", () =>
    Effect.gen(function* () {
      const journal = openJournal(emptyCluster({ creates: false }), topic)
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject(refused)
      expect(yield* Effect.flip(journal.pointer)).toMatchObject(refused)
      expect(yield* Effect.flip(journal.delete(1))).toMatchObject(refused)
      expect(yield* Effect.flip(journal.append([{ payload: 1 }]))).toMatchObject(refused)
    })
  )

  it.effect("is not created to be purged", () =>
    Effect.gen(function* () {
      const journal = openJournal(emptyCluster({ creates: true }), topic)
      expect(yield* Effect.flip(journal.purge)).toMatchObject(refused)
    })
  )
})
