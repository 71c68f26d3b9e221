import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import type { Action } from "../../../core/journal/index.ts"
import { Faults } from "../Faults.ts"
import { withClock } from "../Replica.ts"
import { killing, stepwise } from "../Steps.ts"
import { beginStory, numbers, readingOf } from "../Story.ts"
import type { Tale } from "../Tale.ts"
import { until } from "../Until.ts"

const deleteOf = (journalId: string, to: number): Action => ({
  _tag: "Delete",
  journalId,
  timestamp: 1_700_000_000_000,
  origin: undefined,
  version: undefined,
  to
})

const purgeThenAppend: Tale = {
  number: 1,
  name: "a purge and an append that are not replicated: the new events and nothing of the old ones, before and after each write",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    const first = yield* story.replicator()
    yield* story.replicated
    yield* first.stop
    yield* story.sees("a", [1, 2, 3])
    yield* story.purge("a")
    yield* story.sees("a", [])
    yield* story.append("a", 2)
    const writes = yield* stepwise(story, story.sees("a", [1, 2]))
    expect(writes).toBeGreaterThanOrEqual(story.store.atomic ? 1 : 6)
    yield* story.purge("a")
    yield* story.append("a", 1)
    expect(yield* killing(story, story.sees("a", [1]))).toBeGreaterThanOrEqual(story.store.atomic ? 1 : 3)
    yield* story.ends
  })
}

const seam: Tale = {
  number: 2,
  name: "a record whose events lie in more than one piece of the store: all of them, or those from the asked number on",
  tell: Effect.fnUntraced(function* (subject) {
    const { seam: count } = subject
    const story = yield* beginStory(subject)
    yield* story.append("a", 2)
    yield* story.append("a", count)
    yield* stepwise(story, story.sees("a", numbers(1, count + 2)))
    for (const from of [2, 3, 999, 1000, 1001, 9998, 10_000, count].filter((one) => one <= count)) {
      const events = yield* Stream.runCollect(story.cold.journal("a").read({ from, to: from + 3 }))
      expect(events.map(({ seqNr }) => seqNr)).toEqual(numbers(from, Math.min(from + 3, count + 2)))
    }
    yield* story.delete("a", count - 2)
    yield* killing(story, story.sees("a", numbers(count - 1, count + 2)))
    yield* story.append("a", 1)
    yield* story.sees("a", numbers(count - 1, count + 3))
    yield* story.ends
  })
}

const deleteBeyondTheEnd: Tale = {
  number: 6,
  name: "a delete beyond the end, then an append: what is appended, numbered on from the last event",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    yield* story.put(deleteOf("a", 100))
    yield* story.sees("a", [], 3)
    yield* story.append("a", 2)
    yield* story.put(deleteOf("b", 4))
    yield* story.sees("b", [], 4)
    yield* story.append("b", 1)
    const look = Effect.andThen(story.sees("a", [4, 5]), story.sees("b", [5]))
    yield* stepwise(story, look)
    yield* story.put(deleteOf("a", 100))
    yield* story.append("a", 1)
    yield* killing(story, story.sees("a", [6]))
    yield* story.ends
  })
}

const redelivery: Tale = {
  number: 7,
  name: "a mixed batch that is delivered again and again: each journal as the log has it, every time",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    yield* story.append("b", 2)
    yield* story.delete("a", 1)
    yield* story.append("c", 2)
    yield* story.purge("b")
    yield* story.append("a", 1)
    yield* story.append("b", 1)
    yield* story.purge("c")
    yield* story.append("d", 2)
    yield* story.delete("d", 2)
    const look = Effect.gen(function* () {
      yield* story.sees("a", [2, 3, 4])
      yield* story.sees("b", [1])
      yield* story.sees("c", [])
      yield* story.sees("d", [], 2)
    })
    for (let again = 0; again < 2; again++) {
      const faults = new Faults()
      const gate = faults.holdBefore("PutPointer")
      const replica = yield* story.replicator(faults)
      yield* gate.reached
      yield* look
      yield* replica.kill
    }
    yield* killing(story, look)
    yield* story.ends
  })
}

const largeEvent: Tale = {
  number: 16,
  name: "an event of 900 KB: it and its neighbours, from the log, from both, and from the store",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 1)
    const payload = {
      text: Array.from({ length: 900 * 1024 }, (_, at) => String.fromCharCode(97 + (at % 26))).join("")
    }
    yield* story.writer().journal("a").append([{ payload }])
    yield* story
      .writer()
      .journal("a")
      .append([{ payload: "after" }])
    yield* stepwise(story, story.sees("a", [1, 2, 3]))
    yield* story.writer().journal("a").append([{ payload }])
    yield* story.delete("a", 2)
    yield* killing(story, story.sees("a", [3, 4]))
    yield* story.ends
  })
}

const hourMs = 3_600_000

const wrongClocks: Tale = {
  number: 17,
  name: "clocks that are an hour wrong, the writer's and the replicator's, both ways: the order of the log, and the writer's times",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const [early, late] = [story.writer(), story.writer()]
    const append = (clockMs: number, seqNr: number) =>
      withClock(clockMs, (clockMs < 0 ? early : late).journal("a").append([{ payload: seqNr, seqNr }]))
    const now = Date.now()
    yield* append(hourMs, 1)
    yield* append(-hourMs, 2)
    yield* append(hourMs, 3)
    yield* story.sees("a", [1, 2, 3])
    for (const clockMs of [hourMs, -hourMs]) {
      const replica = yield* story.replicator(new Faults(), { clockMs })
      yield* append(-clockMs, clockMs > 0 ? 4 : 5)
      yield* story.replicated
      yield* replica.stop
      yield* story.sees("a", numbers(1, clockMs > 0 ? 4 : 5))
      const reading = yield* withClock(clockMs, readingOf(story.cold, "a"))
      expect(reading.last).toBe(clockMs > 0 ? 4 : 5)
    }
    const head = yield* story.store.head({ topic: story.topic, id: "a" })
    const isNear = (time: number | undefined, wanted: number) => Math.abs((time ?? 0) - wanted) < hourMs / 2
    expect(isNear(head?.created, now + hourMs)).toBe(true)
    expect(isNear(head?.updated, now + hourMs)).toBe(true)
    yield* story.ends
  })
}

const twoWriters: Tale = {
  number: 24,
  name: "two writers with one number: the first in the log, for all readers alike, before replication and after",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const [one, other] = [story.writer(), story.writer()]
    yield* one.journal("a").append([{ payload: "one 1" }])
    yield* other.journal("a").append([{ payload: "other 2" }, { payload: "other 3" }])
    const lost = yield* one.journal("a").append([{ payload: "one 2" }])
    expect(lost.from).toBe(2)
    const look = story.sees("a", [1, 2, 3])
    yield* look
    expect(story.oracle.truth("a")?.events.map(({ json }) => json)).toEqual(['"one 1"', '"other 2"', '"other 3"'])
    yield* stepwise(story, look)
    const more = yield* one.journal("a").append([{ payload: "one 3" }, { payload: "one 4" }])
    expect([more.from, more.to]).toEqual([3, 4])
    const replica = yield* story.replicator()
    yield* until(
      "the replicator tells of the conflict",
      Effect.sync(() => replica.events.some((event) => event._tag === "Conflicted" && event.conflict.seqNr === 3))
    )
    yield* story.sees("a", [1, 2, 3, 4])
    expect(story.oracle.truth("a")?.events.at(-1)?.json).toBe('"one 4"')
    yield* story.ends
  })
}

/** Stories of what records amount to. */
export const foldingTales: ReadonlyArray<Tale> = [
  purgeThenAppend,
  seam,
  deleteBeyondTheEnd,
  redelivery,
  largeEvent,
  wrongClocks,
  twoWriters
]
