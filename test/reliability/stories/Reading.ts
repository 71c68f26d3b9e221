import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { jsonPayload, makeJournals } from "../../../core/journal/index.ts"
import type { CommitLog } from "../../../core/ports/index.ts"
import { Faults } from "../Faults.ts"
import { storedEvents } from "../StoredEvents.ts"
import { beginStory, numbers, readingOf } from "../Story.ts"
import type { KafkaTale, Tale } from "../Tale.ts"
import { until } from "../Until.ts"

const lostMark: Tale = {
  number: 3,
  name: "a mark whose record is gone, by retention or with the log's end: the journal, after a bounded number of reads of the log",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    const replica = yield* story.replicator()
    yield* story.sees("a", [1, 2, 3])
    for (const journals of [story.cold, story.warm]) {
      yield* story.replicated
      const trim = Effect.flatMap(story.admin.end(0), (end) => story.admin.trim(0, end))
      const before = story.faults.count("read")
      story.faults.followWith("append", trim)
      const events = yield* Stream.runCollect(journals.journal("a").read())
      expect(events.map(({ seqNr }) => seqNr)).toEqual([1, 2, 3])
      expect(story.faults.count("read") - before).toBeLessThanOrEqual(8)
    }
    story.forget(0, yield* story.admin.end(0))
    yield* replica.stop
    yield* story.append("a", 1)
    const faults = new Faults()
    const log = faults.log(story.log)
    // The mark was acknowledged at this offset, and a leader without it was elected.
    const forgetful: CommitLog = {
      ...log,
      append: (request) => Effect.map(log.append(request), (offset) => offset + 2)
    }
    const reader = makeJournals({ log: forgetful, store: story.store, topic: story.topic, payload: jsonPayload })
    const reading = yield* Effect.forkScoped(Stream.runCollect(reader.journal("a").read()))
    yield* until(
      "the reader waits for the log to come as far as the mark",
      Effect.sync(() => faults.count("read") > 3)
    )
    yield* story.append("b", 1)
    yield* story.append("b", 1)
    expect((yield* Fiber.join(reading)).map(({ seqNr }) => seqNr)).toEqual([1, 2, 3, 4])
    expect(faults.count("read")).toBeLessThanOrEqual(50)
    yield* story.sees("a", [1, 2, 3, 4])
    yield* story.ends
  })
}

const cancelled: Tale = {
  number: 11,
  name: "two recoveries at once, one of which is cancelled wherever it stands: the other reads everything, and so does the next",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    yield* story.append("a", 2)
    const faults = new Faults()
    for (const [journals, from] of [
      [story.writer(faults), faults],
      [story.warm, story.faults]
    ] as const) {
      for (const deed of ["append", "head", "events", "read"] as const) {
        const gate = from.holdBefore(deed)
        const reading = yield* Effect.forkScoped(readingOf(journals, "a"))
        yield* gate.reached
        yield* story.sees("a", numbers(1, 5))
        yield* Fiber.interrupt(reading)
        yield* story.sees("a", numbers(1, 5))
        yield* gate.release
      }
    }
    yield* story.ends
  })
}

const lateMark: Tale = {
  number: 12,
  name: "a mark that is written and whose answer is lost: the read says that nothing was read, and the next one reads",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 2)
    for (const journals of [story.cold, story.warm]) {
      const end = yield* story.admin.end(0)
      story.faults.loseAnswer("append")
      const failure = yield* Effect.flip(readingOf(journals, "a"))
      expect(failure).toMatchObject({ reason: "Unavailable", id: "a" })
      expect(failure.message).toContain('Nothing was read of journal "a"')
      expect(yield* story.admin.end(0)).toBe(end + 1)
      yield* story.sees("a", [1, 2])
    }
    const faults = new Faults()
    const writer = story.writer(faults)
    faults.loseAnswer("append")
    expect(yield* Effect.flip(writer.journal("a").append([{ payload: "once" }]))).toMatchObject({
      reason: "Unavailable"
    })
    yield* story.sees("a", [1, 2])
    expect(yield* writer.journal("a").append([{ payload: "once" }])).toMatchObject({ from: 3, to: 3 })
    yield* story.sees("a", [1, 2, 3])
    yield* story.ends
  })
}

const halfPurged: Tale = {
  number: 20,
  name: "a purge half done, the rows gone and the head there: nothing; and who began to read before the purge, the journal whole or empty",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 3)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    const page = story.faults.holdBefore("events")
    const early = yield* Effect.forkScoped(Stream.runCollect(story.cold.journal("a").read()))
    yield* page.reached
    yield* story.purge("a")
    const faults = new Faults()
    const gate = faults.holdBefore("RemoveHead")
    const next = yield* story.replicator(faults)
    yield* gate.reached
    const isWhole = story.store.atomic
    expect((yield* storedEvents(story.store, story.topic, "a")).length).toBe(isWhole ? 3 : 0)
    expect(yield* story.store.head({ topic: story.topic, id: "a" })).toMatchObject({ seqNr: 3 })
    yield* story.sees("a", [])
    yield* page.release
    expect((yield* Fiber.join(early)).map(({ seqNr }) => seqNr)).toEqual(isWhole ? [1, 2, 3] : [])
    yield* story.sees("a", [])
    yield* gate.release
    yield* story.replicated
    yield* next.stop
    yield* story.sees("a", [])
    yield* story.append("a", 1)
    yield* story.sees("a", [1])
    yield* story.ends
  })
}

const halfDeleted: Tale = {
  number: 21,
  name: "a delete whose head is written and whose rows are there: what is not deleted, and the next replicator removes the rows",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.append("a", 5)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    yield* story.delete("a", 3)
    const faults = new Faults()
    const gate = faults.holdBefore("RemoveEvents")
    const next = yield* story.replicator(faults)
    yield* gate.reached
    yield* story.sees("a", [4, 5])
    yield* next.kill
    yield* story.sees("a", [4, 5])
    const rows = storedEvents(story.store, story.topic, "a")
    expect((yield* rows).length).toBe(5)
    const deleteTo = story.store.atomic ? 0 : 3
    expect(yield* story.store.head({ topic: story.topic, id: "a" })).toMatchObject({ deleteTo })
    const back = yield* story.replicator()
    yield* story.replicated
    expect((yield* rows).map(({ seqNr }) => seqNr)).toEqual([4, 5])
    yield* story.sees("a", [4, 5])
    yield* back.stop
    yield* story.ends
  })
}

const leaderChange: KafkaTale = {
  number: 13,
  name: "Kafka is killed during a recovery and comes back: everything that was acknowledged before",
  tell: Effect.fnUntraced(function* (subject, server) {
    const story = yield* beginStory(subject, { brokers: [server.service.address] })
    yield* story.append("a", 3)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    for (let record = 0; record < 40; record++) yield* story.append("a", 5)
    yield* story.sees("a", numbers(1, 203))
    const recovery = Effect.fnUntraced(function* () {
      const faults = new Faults()
      const journal = story.writer(faults).journal("a")
      // The first one compares the store with the log before it writes its mark.
      yield* journal.pointer
      const before = faults.count("read")
      const gate = faults.holdBefore("read")
      const events = Stream.runCollect(journal.read())
      const reading = yield* Effect.forkScoped(
        Effect.match(events, { onSuccess: ({ length }) => length, onFailure: ({ reason }) => reason })
      )
      yield* gate.reached
      return { gate, reading, reads: () => faults.count("read") - before }
    })
    const [early, late] = [yield* recovery(), yield* recovery()]
    yield* Effect.promise(() => server.kill())
    const since = performance.now()
    yield* early.gate.release
    yield* until(
      "the recovery has met that Kafka is down",
      Effect.sync(() => early.reads() > 1)
    )
    yield* Effect.promise(() => server.start())
    yield* late.gate.release
    const outcomes = [yield* Fiber.join(early.reading), yield* Fiber.join(late.reading)]
    if (outcomes.some((outcome) => outcome !== 203)) {
      // A recovery waits for half a minute; a slow machine may take longer to start a server.
      expect(outcomes.filter((outcome) => outcome !== 203 && outcome !== "Unavailable")).toEqual([])
      expect(performance.now() - since).toBeGreaterThan(30_000)
    }
    yield* story.sees("a", numbers(1, 203))
    yield* story.ends
  })
}

/** Stories of readers to whom something happens on the way. */
export const readingTales: ReadonlyArray<Tale> = [lostMark, cancelled, lateMark, halfPurged, halfDeleted]

/** Those in which Kafka goes down. */
export const readingKafkaTales: ReadonlyArray<KafkaTale> = [leaderChange]
