import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { openGroup } from "../../../runtimes/node/index.ts"
import { Faults } from "../Faults.ts"
import type { Gate } from "../Faults.ts"
import { startOutage } from "../Outage.ts"
import type { Death } from "../ReplicatorProcess.ts"
import { startReplicatorProcess } from "../ReplicatorProcess.ts"
import { beginStory, numbers, readingOf } from "../Story.ts"
import type { Story } from "../Story.ts"
import type { Subject } from "../Subject.ts"
import type { Tale } from "../Tale.ts"
import { until } from "../Until.ts"

/** Journals with everything that a batch can have: `c` and `d` are purged in it, and `d` begun anew. */
const mixedBatch = Effect.fnUntraced(function* (story: Story) {
  for (const id of ["a", "c", "d"]) yield* story.append(id, 3)
  const first = yield* story.replicator()
  yield* story.replicated
  yield* first.stop
  yield* story.delete("a", 2)
  yield* story.append("a", 1)
  yield* story.append("b", 2)
  yield* story.purge("c")
  yield* story.purge("d")
  yield* story.append("d", 1)
  return Effect.gen(function* () {
    yield* story.sees("a", [3, 4])
    yield* story.sees("b", [1, 2])
    yield* story.sees("c", [])
    yield* story.sees("d", [1])
  })
})

const minuteMs = 60_000

/** A replicator comes to where it sleeps, for a minute by its own clock where that is said, and another takes its place. */
const sleepThrough = Effect.fnUntraced(function* (subject: Subject, hold: (faults: Faults) => Gate, sleptMs: number) {
  const story = yield* beginStory(subject)
  yield* story.append("a", 2)
  yield* story.append("b", 2)
  const faults = new Faults()
  const gate = hold(faults)
  const zombie = yield* story.replicator(faults)
  yield* gate.reached
  const other = yield* story.replicator()
  yield* story.replicated
  const before = Effect.andThen(story.sees("a", [1, 2]), story.sees("b", [1, 2]))
  yield* before
  yield* story.purge("a")
  yield* story.append("a", 1)
  yield* story.delete("b", 1)
  const after = Effect.andThen(story.sees("a", [1]), story.sees("b", [2]))
  yield* after
  yield* story.replicated
  yield* other.stop
  yield* after
  const steps = ["PutEvents", "PutHead", "RemoveEvents", "RemoveHead"] as const
  const written = () => steps.map((step) => faults.count(step))
  const asleep = written()
  yield* zombie.oversleep(sleptMs)
  yield* gate.release
  yield* until(
    "the one that slept learns of it",
    Effect.sync(() => zombie.events.filter(({ _tag }) => _tag === "Resumed").length > 1)
  )
  yield* after
  yield* story.replicated
  yield* after
  // With transactions it is told by the one that it tries.
  if (sleptMs > 0 && !story.store.atomic) expect(written()).toEqual(asleep)
  yield* zombie.stop
  yield* sleptMs > 0 || story.store.atomic ? story.ends : story.endsWithLeftovers
}, Effect.scoped)

const zombie: Tale = {
  number: 5,
  name: "a replicator that slept through a purge and writes what it had in hand: nothing of it",
  tell: Effect.fnUntraced(function* (subject) {
    // Before it writes anything, and between the events and their heads.
    for (const deed of ["head", "PutEvents"] as const) {
      yield* sleepThrough(subject, (faults) => faults.holdAfter(deed, { times: 2 }), minuteMs)
    }
    // In a write that was handed to the store, which nobody takes back.
    const deed = subject.isFenced ? "write" : "PutPointer"
    yield* sleepThrough(subject, (faults) => faults.holdBefore(deed, { times: 2 }), 0)
  })
}

const lostAnswers: Tale = {
  number: 8,
  name: "writes that succeed and whose answers are lost: each journal as the log has it, however often they are done again",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const look = yield* mixedBatch(story)
    yield* look
    const faults = new Faults()
    const steps = ["PutEvents", "PutHead", "RemoveEvents", "RemoveHead", "PutPointer"] as const
    for (const deed of steps) faults.loseAnswer(story.store.atomic ? "PutPointer" : deed)
    const replica = yield* story.replicator(faults)
    yield* until(
      "the pointer has moved although its answer was lost",
      Effect.andThen(
        look,
        Effect.sync(() => faults.left === 0)
      )
    )
    expect(replica.events.some(({ _tag }) => _tag === "Stalled" || _tag === "Resumed")).toBe(true)
    yield* story.replicated
    yield* look
    yield* replica.stop
    yield* story.ends
  })
}

const lostCommit: Tale = {
  number: 9,
  name: "a pointer that is written and a commit that is not: everything once, and the next replicator goes on from the pointer",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const groupId = `group-${story.topic}`
    const group = yield* openGroup({ brokers: story.brokers, groupId })
    const place = { topic: story.topic, partition: 0 }
    yield* story.append("a", 3)
    const faults = new Faults()
    faults.refuse("commit", { times: 1_000_000 })
    const first = yield* story.replicator(faults, { groupId })
    yield* story.replicated
    yield* until(
      "a commit was tried",
      Effect.sync(() => faults.count("commit") > 0)
    )
    yield* first.kill
    expect(yield* group.committed([place])).toEqual([])
    yield* story.sees("a", [1, 2, 3])
    const pointer = (yield* story.store.pointer(story.topic, 0)) ?? -1
    const next = yield* story.replicator(new Faults(), { groupId })
    yield* story.replicated
    expect(next.events.find(({ _tag }) => _tag === "Resumed")).toMatchObject({ nextOffset: pointer + 1 })
    expect(next.events.some((event) => event._tag === "Replicated" && event.events > 0)).toBe(false)
    yield* story.append("a", 1)
    yield* story.sees("a", [1, 2, 3, 4])
    yield* story.replicated
    const end = (yield* story.store.pointer(story.topic, 0)) ?? -1
    const isCommitted = Effect.map(group.committed([place]), ([known]) => known?.offset === end + 1)
    yield* until("what the store has is committed", isCommitted)
    yield* next.stop
    yield* story.ends
  })
}

const rebalance: Tale = {
  number: 10,
  name: "a rebalance between the events and the head: the log's events, and then the same from the store, in both partitions",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject, { partitions: 2 })
    const groupId = `group-${story.topic}`
    yield* Effect.forEach(numbers(1, 6), (at) => story.append(`key-${at}`, at), { discard: true })
    const look = Effect.forEach(numbers(1, 6), (at) => story.sees(`key-${at}`, numbers(1, at)), { discard: true })
    const faults = new Faults()
    const gate = faults.holdBefore("PutHead", { times: 1000 })
    const first = yield* story.replicator(faults, { groupId })
    yield* until(
      "both partitions are between events and head",
      Effect.sync(() => faults.count("PutHead") >= 2)
    )
    yield* look
    const second = yield* story.replicator(new Faults(), { groupId })
    yield* until(
      "a partition is to be let go",
      Effect.sync(() => faults.count("Revoked") > 0)
    )
    yield* look
    expect([second.status(0), second.status(1)]).toEqual([undefined, undefined])
    yield* gate.release
    yield* until(
      "each has a partition",
      Effect.sync(() => [first, second].every((one) => (one.status(0) === undefined) !== (one.status(1) === undefined)))
    )
    yield* look
    yield* story.replicated
    yield* look
    yield* second.stop
    yield* first.stop
    yield* story.ends
  })
}

const outage: Tale = {
  number: 18,
  name: "a store that is down for a while in the middle of a batch: whoever reaches it reads on, the others are told, and it goes on by itself",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const look = yield* mixedBatch(story)
    const outage = yield* startOutage(story)
    const faults = new Faults()
    const gate = faults.holdBefore("write", { skip: story.store.atomic ? 0 : 3 })
    const replica = yield* story.replicator(faults, { store: outage.address })
    yield* gate.reached
    yield* outage.begin
    yield* gate.release
    yield* look
    const [told] = yield* Effect.all([outage.reading("a"), replica.stalls("Unavailable")], { concurrency: 2 })
    expect(told).toBe(outage.readersGoOn ? "read" : "Unavailable")
    yield* look
    yield* outage.end
    yield* story.replicated
    yield* look
    yield* replica.stop
    yield* story.ends
  })
}

const deathsOfSteps: ReadonlyArray<Death> = [
  { when: "before", deed: "PutHead" },
  { when: "during", deed: "PutHead" },
  { when: "before", deed: "RemoveHead" },
  { when: "before", deed: "PutPointer" },
  { when: "during", deed: "PutPointer" },
  { when: "after", deed: "PutPointer" }
]

/** Where a batch is one transaction, it has the head and the pointer in it. */
const deathsOfBatches: ReadonlyArray<Death> = [
  { when: "before", deed: "PutHead" },
  { when: "during", deed: "PutHead" },
  { when: "after", deed: "PutPointer" }
]

const killed: Tale = {
  number: 19,
  name: "a replicator that is killed between events and head: the log's events, and then the same from the store",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const look = yield* mixedBatch(story)
    for (const death of story.store.atomic ? deathsOfBatches : deathsOfSteps) {
      const replicator = yield* startReplicatorProcess(story, death)
      yield* replicator.reached
      yield* look
      yield* replicator.kill
      yield* look
      expect((yield* readingOf(story.warm, "b")).last).toBe(2)
    }
    yield* story.ends
  })
}

/** Stories of replicators and stores that end in the middle of something. */
export const crashTales: ReadonlyArray<Tale> = [zombie, lostAnswers, lostCommit, rebalance, outage, killed]
