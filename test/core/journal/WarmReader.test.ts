import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { HeadCache, jsonPayload, makeJournals } from "../../../core/journal/index.ts"
import type { JournalStore } from "../../../core/ports/index.ts"
import { memoryWorld, openJournal, seqNrs, sync } from "./JournalWorld.ts"

const topic = "orders"

/** A head cache that does not look at the pointer again by itself. */
const never = { pointerMs: 600_000, idlePointerMs: 600_000 }

/** A store in whose place another one can be put. */
const replaceable = (first: JournalStore) => {
  let now = first
  const store: JournalStore = {
    atomic: first.atomic,
    pointer: (topic, partition) => Effect.suspend(() => now.pointer(topic, partition)),
    head: (key) => Effect.suspend(() => now.head(key)),
    heads: (...asked) => Effect.suspend(() => now.heads(...asked)),
    events: (request) => Effect.suspend(() => now.events(request)),
    write: (steps) => Effect.suspend(() => now.write(steps)),
    ids: (...page) => Effect.suspend(() => now.ids(...page)),
    expired: (request) => Effect.suspend(() => now.expired(request)),
    check: Effect.suspend(() => now.check)
  }
  return { store, replaceWith: (other: JournalStore) => void (now = other) }
}

describe("a reader with a head cache", () => {
  it.live("reads what was written after the backup from which the store was restored, before the cache knows", () =>
    Effect.gen(function* () {
      const { log } = memoryWorld()
      const [backup, present] = [MemoryStore.make(), MemoryStore.make()]
      const { replaceWith, store } = replaceable(present)
      const heads = yield* HeadCache.make({ log, store, ...never })
      const [cold, warm] = [openJournal({ log, store }, topic), openJournal({ log, store, heads }, topic)]
      yield* cold.append([{ payload: 1 }, { payload: 2 }])
      yield* sync({ log, store: backup }, topic)
      yield* cold.append([{ payload: 3 }, { payload: 4 }])
      yield* sync({ log, store: present }, topic)
      expect(yield* seqNrs(warm)).toEqual([1, 2, 3, 4])
      replaceWith(backup)
      expect(yield* seqNrs(warm)).toEqual([1, 2, 3, 4])
      expect(yield* warm.pointer).toBe(4)
    })
  )

  it.live("numbers on from the last event after a restore, so that what it acknowledges is kept", () =>
    Effect.gen(function* () {
      const { log } = memoryWorld()
      const [backup, present] = [MemoryStore.make(), MemoryStore.make()]
      const { replaceWith, store } = replaceable(present)
      yield* openJournal({ log, store }, topic).append([{ payload: 1 }])
      yield* sync({ log, store: backup }, topic)
      yield* openJournal({ log, store }, topic).append([{ payload: 2 }])
      yield* sync({ log, store: present }, topic)
      const heads = yield* HeadCache.make({ log, store, ...never })
      const warm = makeJournals({ log, store, heads, topic, payload: jsonPayload })
      expect(yield* seqNrs(warm.journal("order-1"))).toEqual([1, 2])
      replaceWith(backup)
      const writer = makeJournals({ log, store, heads, topic, payload: jsonPayload })
      expect(yield* writer.journal("order-1").append([{ payload: 3 }])).toMatchObject({ from: 3, to: 3 })
      expect(yield* seqNrs(openJournal({ log, store }, topic))).toEqual([1, 2, 3])
    })
  )

  it.live("is told, as one without is, that retention has taken what was not replicated", () =>
    Effect.gen(function* () {
      const { log, store } = memoryWorld()
      const heads = yield* HeadCache.make({ log, store, ...never })
      const [cold, warm] = [openJournal({ log, store }, topic), openJournal({ log, store, heads }, topic)]
      yield* cold.append([{ payload: 1 }, { payload: 2 }])
      yield* sync({ log, store }, topic)
      expect(yield* seqNrs(warm)).toEqual([1, 2])
      const { offset } = yield* cold.append([{ payload: 3 }])
      expect(yield* seqNrs(warm)).toEqual([1, 2, 3])
      yield* log.trim(topic, 0, offset + 1)
      for (const journal of [cold, warm, warm]) {
        const error = yield* Effect.flip(seqNrs(journal))
        expect(error).toMatchObject({ reason: "Lost" })
        expect(error.message).toContain("are gone from the log before they were replicated")
      }
    })
  )
})
