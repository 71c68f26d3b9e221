import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { HeadCache, jsonPayload, makeJournals, replicate } from "../../../core/journal/index.ts"
import type { JournalError, ReplicatorEvent } from "../../../core/journal/index.ts"
import { memoryWorld, openJournal, seqNrs, sync } from "./JournalWorld.ts"
import type { World } from "./JournalWorld.ts"

const topic = "orders"

/** A log whose first three records were replicated to a store and then removed, and a store that never had them. */
const trimmed = Effect.gen(function* () {
  const whole = memoryWorld()
  const journal = openJournal(whole, topic)
  for (const payload of [1, 2, 3]) yield* journal.append([{ payload }])
  yield* sync(whole, topic)
  yield* journal.append([{ payload: 4 }])
  const end = (yield* whole.log.read({ topic, partition: 0, offset: 0, maxBytes: 1, maxWaitMs: 0 })).stableEnd
  const start = end - 1
  yield* whole.log.trim(topic, 0, start)
  const other: World = { log: whole.log, store: MemoryStore.make() }
  return { whole, other, start }
})

/** Replicates to a store from where the log begins. */
const replicateOnce = Effect.fnUntraced(function* ({ log, store }: World, upTo: number) {
  const done = yield* Deferred.make<void>()
  const onEvent = (event: ReplicatorEvent) => {
    if (event._tag === "Replicated" && event.nextOffset >= upTo) Deferred.doneUnsafe(done, Effect.void)
  }
  yield* replicate({ log, store, topics: [topic], onEvent })
  yield* Deferred.await(done)
}, Effect.scoped)

const lost = (start: number) => ({
  _tag: "JournalError",
  reason: "Lost",
  message: `Records before offset ${start} of orders-0 are gone from the log, and this store has never had them: name the store that they were replicated to, or, where they may be given up, replicate the topic to this store once, since a replicator of an empty store begins where the log begins.`
})

describe("a log that no longer has its beginning", () => {
  it.effect("is read on with the store that its beginning was replicated to", () =>
    Effect.gen(function* () {
      const { whole } = yield* trimmed
      expect(yield* seqNrs(openJournal(whole, topic))).toEqual([1, 2, 3, 4])
    })
  )

  it.effect("fails each read and each look at the number with Lost where the store has never had it", () =>
    Effect.gen(function* () {
      const { other, start } = yield* trimmed
      const journal = openJournal(other, topic)
      expect(yield* Effect.flip(seqNrs(journal))).toMatchObject(lost(start))
      expect(yield* Effect.flip(journal.pointer)).toMatchObject(lost(start))
      expect(yield* Effect.flip(journal.explain)).toMatchObject(lost(start))
    })
  )

  it.effect("does not let events be numbered from 1 again, but refuses the append with Lost", () =>
    Effect.gen(function* () {
      const { other, start, whole } = yield* trimmed
      const error: JournalError = yield* Effect.flip(openJournal(other, topic).append([{ payload: "again" }]))
      expect(error).toMatchObject(lost(start))
      expect(yield* seqNrs(openJournal(whole, topic))).toEqual([1, 2, 3, 4])
    })
  )

  it.effect("does not list a part of its journals, but fails with Lost", () =>
    Effect.gen(function* () {
      const { other, start } = yield* trimmed
      const journals = makeJournals({ ...other, topic, payload: jsonPayload })
      expect(yield* Effect.flip(Stream.runCollect(journals.ids))).toMatchObject(lost(start))
    })
  )

  for (const cached of [false, true]) {
    it.live(`is read from where it begins once it was replicated ${cached ? "with" : "without"} a head cache`, () =>
      Effect.gen(function* () {
        const { other, start } = yield* trimmed
        const world: World = cached ? { ...other, heads: yield* HeadCache.make(other) } : other
        const journal = openJournal(world, topic)
        expect(yield* Effect.flip(journal.pointer)).toMatchObject(lost(start))
        yield* replicateOnce(other, start + 1)
        expect(yield* seqNrs(journal)).toEqual([4])
        expect(yield* journal.pointer).toBe(4)
      }).pipe(Effect.scoped)
    )
  }
})
