import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { beginStory, numbers, readingOf } from "../Story.ts"
import type { Tale } from "../Tale.ts"

const appendsAtOnce = 256

const manyKeys: Tale = {
  number: 14,
  name: "very many keys in one partition: each as it was written, from the log and from the store, and all of their ids",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const { keys } = subject
    const writer = story.writer()
    const some = [1, 2, Math.ceil(keys / 2), keys - 1, keys].map((key) => `key-${key}`)
    const look = Effect.forEach(some, (id) => story.sees(id, [1, 2]), { discard: true })
    const append = (key: number) =>
      writer.journal(`key-${key}`).append([1, 2].map((seqNr) => ({ payload: key, seqNr })) as never)
    yield* Effect.forEach(numbers(1, keys), append, { concurrency: appendsAtOnce, discard: true })
    yield* look
    expect((yield* Stream.runCollect(story.cold.ids)).length).toBe(keys)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* look
    yield* Effect.forEach(some, story.purge, { discard: true })
    yield* Effect.forEach(some, (id) => story.sees(id, []), { discard: true })
    yield* replica.stop
    yield* story.ends
  })
}

const eventsInRecord = 500

const longJournal: Tale = {
  number: 15,
  name: "one key of very many events: all in their order, from the log, from both, and from the store",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const { events } = subject
    const isInOrder = Effect.gen(function* () {
      for (const journals of [story.cold, story.warm]) {
        const last = yield* Stream.runFold(
          journals.journal("a").read(),
          () => 0,
          (before, { payload, seqNr }) => {
            if (seqNr !== before + 1 || payload !== seqNr) throw new Error(`${before} is followed by ${seqNr}.`)
            return seqNr
          }
        )
        expect(last).toBe(events)
      }
    })
    const half = Math.ceil(events / eventsInRecord / 2)
    const append = (record: number) => {
      const from = record * eventsInRecord + 1
      const [first = from, ...rest] = numbers(from, Math.min(from + eventsInRecord - 1, events))
      const eventOf = (seqNr: number) => ({ payload: seqNr, seqNr })
      return story
        .writer()
        .journal("a")
        .append([eventOf(first), ...rest.map(eventOf)])
    }
    const appendAll = (from: number, to: number) => Effect.forEach(numbers(from, to), append, { discard: true })
    yield* appendAll(0, half - 1)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    yield* appendAll(half, Math.ceil(events / eventsInRecord) - 1)
    yield* isInOrder
    const next = yield* story.replicator()
    yield* story.replicated
    yield* isInOrder
    yield* story.delete("a", events - 10)
    yield* story.sees("a", numbers(events - 9, events))
    expect((yield* readingOf(story.cold, "a")).last).toBe(events)
    yield* story.replicated
    yield* next.stop
    yield* story.ends
  })
}

/** Stories of how much there is. */
export const sizeTales: ReadonlyArray<Tale> = [manyKeys, longJournal]
