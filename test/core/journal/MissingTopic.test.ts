import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { CommitLogError } from "../../../core/ports/index.ts"
import type { CommitLog, JournalStore } from "../../../core/ports/index.ts"
import { memoryWorld, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"
const message = "Topic orders does not exist here."
const refused = { _tag: "JournalError", reason: "Refused", message }

/** A world in which a topic is there only once somebody has asked to create it, with how often was appended. */
const emptyCluster = (store: JournalStore = MemoryStore.make()) => {
  const { log } = memoryWorld()
  const seen = { appends: 0 }
  let there = false
  const partitions: CommitLog["partitions"] = (name, options) => {
    there ||= options?.create === true
    const missing = new CommitLogError({ operation: "topics", reason: "UnknownTopic", topic: name, message })
    return there ? log.partitions(name) : Effect.fail(missing)
  }
  const append: CommitLog["append"] = (request) =>
    Effect.suspend(() => {
      seen.appends += 1
      return log.append(request)
    })
  const world: World = { log: { ...log, append, partitions }, store }
  return { seen, world }
}

describe("a journal of a topic that does not exist yet", () => {
  it.effect("has no events and no number, and there is nothing to delete", () =>
    Effect.gen(function* () {
      const { seen, world } = emptyCluster()
      const journal = openJournal(world, topic)
      expect(yield* seqNrs(journal)).toEqual([])
      expect(yield* journal.pointer).toBeUndefined()
      expect(yield* journal.delete(3)).toBeUndefined()
      expect(seen.appends).toBe(0)
    })
  )

  it.effect("is recovered first and appended to second", () =>
    Effect.gen(function* () {
      const journal = openJournal(emptyCluster().world, topic)
      expect(yield* seqNrs(journal)).toEqual([])
      yield* journal.append([{ payload: 1 }])
      expect(yield* seqNrs(journal)).toEqual([1])
    })
  )

  it.effect("cannot be purged or explained", () =>
    Effect.gen(function* () {
      const journal = openJournal(emptyCluster().world, topic)
      expect(yield* Effect.flip(journal.purge)).toMatchObject(refused)
      expect(yield* Effect.flip(journal.explain)).toMatchObject(refused)
    })
  )
})

describe("a topic that is missing though the store has had it", () => {
  const emptied = Effect.gen(function* () {
    const before = memoryWorld()
    yield* openJournal(before, topic, "known").append([{ payload: 1 }])
    yield* sync(before, topic)
    return emptyCluster(before.store).world
  })

  for (const [id, what] of [
    ["known", "a journal that is in the store"],
    ["other", "another journal"]
  ] as const) {
    it.effect(`fails the reads of ${what} instead of forgetting what there was`, () =>
      Effect.gen(function* () {
        const journal = openJournal(yield* emptied, topic, id)
        expect(yield* Effect.flip(seqNrs(journal))).toMatchObject(refused)
        expect(yield* Effect.flip(journal.pointer)).toMatchObject(refused)
        expect(yield* Effect.flip(journal.delete(1))).toMatchObject(refused)
      })
    )
  }
})
