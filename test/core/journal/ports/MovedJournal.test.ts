import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { MemoryLog, MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { jsonPayload, makeJournals, replicate, type ReplicatorEvent } from "../../../../core/journal/index.ts"
import { partitionFor } from "../../../../core/log/index.ts"
import type { CommitLog } from "../../../../core/ports/index.ts"

const topic = "orders"

/** A journal that belongs to another partition as soon as there are four. */
const id = Array.from({ length: 50 }, (_, at) => `order-${at}`).find((each) => partitionFor(encodeUtf8(each), 4) !== 0)!
const partition = partitionFor(encodeUtf8(id), 4)

/** A topic of one partition, until it grows to four. */
const world = () => {
  const memory = MemoryLog.make({ partitions: { [topic]: 4 } })
  const store = MemoryStore.make()
  let count = 1
  const log: CommitLog = { ...memory, partitions: () => Effect.sync(() => count) }
  const journal = () => makeJournals({ log, store, topic, payload: jsonPayload }).journal(id)
  const grow = () => {
    count = 4
  }
  return { log, store, journal, grow }
}

type World = ReturnType<typeof world>

/** Replicates until an event comes that is waited for. */
const replicateUntil = Effect.fnUntraced(function* ({ log, store }: World, isIt: (event: ReplicatorEvent) => boolean) {
  const scope = yield* Scope.make()
  const events = yield* Queue.unbounded<ReplicatorEvent>()
  const onEvent = (event: ReplicatorEvent): void => void Queue.offerUnsafe(events, event)
  yield* Scope.provide(replicate({ log, store, topics: [topic], onEvent }), scope)
  for (;;) {
    const event = yield* Queue.take(events)
    if (!isIt(event)) continue
    yield* Scope.close(scope, Exit.void)
    return event
  }
})

const told =
  `Journal "${id}" is in partition 0 of ${topic}, and its key now belongs to ${partition}: ` +
  "the topic has got other partitions, which a topic of journals must not; copy the journals to a new topic."

const toldByStore =
  `Journal "${id}" is in partition 0 of ${topic} by the store, and its key now belongs to ${partition}: ` +
  "the topic has got other partitions, which a topic of journals must not, or it is the store of another log, such as a " +
  "topic that was deleted and made again; copy the journals to a new topic, or name the store of this log."

describe("a journal whose topic has grown", () => {
  it.effect("is neither read nor appended to by who finds it in the store", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journal().append([{ payload: 1 }])
      yield* replicateUntil(one, ({ _tag }) => _tag === "Replicated")
      one.grow()
      const unread = yield* Effect.flip(Stream.runCollect(one.journal().read()))
      expect(unread).toMatchObject({ reason: "Refused", topic, id, partition, message: toldByStore })
      const unwritten = yield* Effect.flip(one.journal().append([{ payload: 2 }]))
      expect(unwritten).toMatchObject({ reason: "Refused", message: toldByStore })
    })
  )

  it.effect("is not appended to any more by who has done so before", () =>
    Effect.gen(function* () {
      const one = world()
      const journal = one.journal()
      yield* journal.append([{ payload: 1 }])
      one.grow()
      yield* TestClock.adjust(10_000)
      expect(yield* Effect.flip(journal.append([{ payload: 2 }]))).toMatchObject({ reason: "Refused", message: told })
      const page = yield* one.log.read({ topic, partition, offset: 0, maxBytes: 1000, maxWaitMs: 0 })
      expect(page.records).toEqual([])
    })
  )

  it.effect("is not replicated from its new partition, so that nothing is passed over", () =>
    Effect.gen(function* () {
      const one = world()
      yield* one.journal().append([{ payload: 1 }, { payload: 2 }])
      yield* replicateUntil(one, ({ _tag }) => _tag === "Replicated")
      one.grow()
      yield* one.journal().append([{ payload: 3, seqNr: 3 }])
      const stalled = yield* replicateUntil(one, ({ _tag }) => _tag === "Stalled")
      expect(stalled).toMatchObject({ partition, error: { reason: "Refused", message: toldByStore } })
      expect(yield* one.store.pointer(topic, partition)).toBeUndefined()
      expect((yield* one.store.head({ topic, id }))?.seqNr).toBe(2)
    })
  )
})
