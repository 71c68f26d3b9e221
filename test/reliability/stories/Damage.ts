import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect } from "vitest"
import { encodeUtf8 } from "../../../core/bytes/index.ts"
import { actionHeaderName } from "../../../core/journal/index.ts"
import { partitionFor } from "../../../core/log/index.ts"
import type { NewRecord } from "../../../core/log/index.ts"
import { saveStore } from "../Backup.ts"
import { Faults } from "../Faults.ts"
import { beginStory, numbers, readingOf } from "../Story.ts"
import type { Story, Trouble } from "../Story.ts"
import type { KafkaTale, Tale } from "../Tale.ts"
import { until } from "../Until.ts"

const partitionOf = (id: string, count: number): number => partitionFor(encodeUtf8(id), count)

/** An id whose records go to a partition, of so many. */
const idIn = (partition: number, count: number, name: string): string => {
  for (let at = 0; ; at++) if (partitionOf(`${name}${at}`, count) === partition) return `${name}${at}`
}

/** What an operator does to pass over records that are lost: the pointer goes to this offset. */
const movePointer = (story: Story, partition: number, offset: number): Effect.Effect<void, Trouble> =>
  Effect.gen(function* () {
    const { store, topic } = story
    const previous = yield* store.pointer(topic, partition)
    yield* store.write([{ _tag: "PutPointer", topic, partition, offset, previous }])
  })

const unreplicated: Tale = {
  number: 4,
  name: "retention that was faster than replication: reads of the partition say that records are lost, other partitions go on, and an operator accepts the loss",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject, { partitions: 2 })
    const [a, b] = [idIn(0, 2, "a"), idIn(1, 2, "b")]
    yield* story.append(a, 2)
    const replica = yield* story.replicator()
    yield* story.replicated
    yield* replica.stop
    yield* story.sees(a, [1, 2])
    yield* story.append(a, 2)
    yield* story.append(b, 2)
    const end = yield* story.admin.end(0)
    yield* story.admin.trim(0, end)
    story.forget(0, end)
    for (const journals of [story.cold, story.warm, story.warm]) {
      const error = yield* Effect.flip(readingOf(journals, a))
      expect(error).toMatchObject({ reason: "Lost", partition: 0 })
      expect(error.message).toContain(`to ${end - 1} of ${story.topic}-0 are gone from the log`)
    }
    const next = yield* story.replicator()
    yield* next.stalls("Lost", 0)
    yield* story.sees(b, [1, 2])
    const pointerOf = story.store.pointer(story.topic, 1)
    yield* until(
      "the other partition is replicated",
      Effect.map(pointerOf, (pointer) => pointer !== undefined)
    )
    yield* next.stop
    yield* movePointer(story, 0, end - 1)
    yield* story.noticed
    yield* story.sees(a, [1, 2])
    expect(
      yield* story
        .writer()
        .journal(a)
        .append([{ payload: "after the loss" }])
    ).toMatchObject({ from: 3 })
    yield* story.sees(a, [1, 2, 3])
    yield* story.sees(b, [1, 2])
    yield* story.ends
  })
}

/** A record that says that it is a journal's, and cannot be read. */
const poisonOf = (id: string): NewRecord => ({
  key: encodeUtf8(id),
  value: encodeUtf8("{}"),
  timestamp: 1_700_000_000_000,
  headers: [{ name: actionHeaderName, value: encodeUtf8("no JSON") }]
})

const poison: Tale = {
  number: 22,
  name: "a record that cannot be read: its partition is replicated up to it, readers of other journals and other partitions go on, and an operator passes over it",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject, { partitions: 2 })
    const [a, b, x] = [idIn(0, 2, "a"), idIn(1, 2, "b"), idIn(0, 2, "x")]
    yield* story.append(a, 2)
    yield* story.append(x, 1)
    const at = yield* story.putRecord(poisonOf(x))
    yield* story.append(a, 1)
    yield* story.append(b, 2)
    const replica = yield* story.replicator()
    yield* replica.stalls("Corrupt", 0)
    const look = Effect.gen(function* () {
      yield* story.sees(a, [1, 2, 3])
      yield* story.sees(b, [1, 2])
      for (const journals of [story.cold, story.warm]) {
        expect(yield* Effect.flip(readingOf(journals, x))).toMatchObject({ reason: "Corrupt", offset: at })
      }
    })
    yield* look
    expect(yield* story.store.pointer(story.topic, 0)).toBe(at - 1)
    yield* until(
      "the other partition is replicated",
      Effect.map(story.store.pointer(story.topic, 1), (pointer) => pointer !== undefined)
    )
    yield* look
    yield* replica.stop
    yield* movePointer(story, 0, at)
    yield* story.noticed
    yield* story.sees(x, [1])
    yield* story.append(x, 1)
    yield* story.sees(x, [1, 2])
    yield* story.sees(a, [1, 2, 3])
    yield* story.ends
  })
}

const restored: Tale = {
  number: 23,
  name: "a store that is restored from an older backup: the journals as the log has them, also while it catches up by itself",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    yield* story.putRecord({ key: null, value: encodeUtf8("nobody's"), timestamp: 0, headers: [] })
    for (const id of ["a", "b", "c"]) yield* story.append(id, 2)
    const replica = yield* story.replicator()
    yield* story.replicated
    for (const id of ["a", "b", "c"]) yield* story.sees(id, [1, 2])
    yield* story.replicated
    const backup = yield* saveStore(story)
    yield* story.append("a", 2)
    yield* story.delete("a", 1)
    yield* story.purge("b")
    yield* story.append("b", 1)
    yield* story.purge("c")
    yield* story.append("d", 3)
    const look = Effect.gen(function* () {
      yield* story.sees("a", [2, 3, 4])
      yield* story.sees("b", [1])
      yield* story.sees("c", [])
      yield* story.sees("d", [1, 2, 3])
    })
    yield* look
    yield* story.replicated
    const gates = [replica.faults.holdBefore("read"), replica.faults.holdBefore("write")] as const
    yield* gates[0].reached
    yield* backup.restore
    yield* look
    yield* gates[0].release
    yield* gates[1].reached
    yield* look
    yield* gates[1].release
    yield* story.append("d", 1)
    yield* until(
      "the replicator has seen that the pointer went back",
      Effect.sync(() => replica.events.filter(({ _tag }) => _tag === "Resumed").length > 1)
    )
    yield* story.replicated
    yield* story.sees("a", [2, 3, 4])
    yield* story.sees("d", [1, 2, 3, 4])
    yield* replica.stop
    yield* story.ends
  })
}

const growth: Tale = {
  number: 26,
  name: "a topic that gets more partitions: journals that stay where they were, and new ones; one that would have to move is refused and not read by halves",
  tell: Effect.fnUntraced(function* (subject) {
    const story = yield* beginStory(subject)
    const [stays, moves, comes] = [idIn(0, 3, "stays"), idIn(1, 3, "moves"), idIn(2, 3, "comes")]
    yield* story.append(stays, 2)
    for (let record = 0; record < 5; record++) yield* story.append(moves, 1)
    const before = yield* story.replicator()
    yield* story.replicated
    yield* story.sees(stays, [1, 2])
    yield* story.admin.grow(3)
    yield* until(
      "the replicator has taken up all partitions",
      Effect.sync(() => numbers(0, 2).every((partition) => before.status(partition) !== undefined))
    )
    const next = yield* beginStory(subject, { continues: story })
    yield* next.append(comes, 2)
    yield* next.append(stays, 1)
    yield* next.sees(comes, [1, 2])
    yield* next.sees(stays, [1, 2, 3])
    yield* next.replicated
    yield* next.sees(comes, [1, 2])
    for (const journals of [next.cold, next.warm]) {
      expect(yield* Effect.flip(readingOf(journals, moves))).toMatchObject({ reason: "Refused", id: moves })
    }
    yield* before.stop
    yield* next.ends
  })
}

const restarted: KafkaTale = {
  number: 25,
  name: "Kafka is killed and started again while replicators and writers are at work: everything acknowledged, once and in order",
  tell: Effect.fnUntraced(function* (subject, server) {
    const story = yield* beginStory(subject, { brokers: [server.service.address] })
    for (let record = 0; record < 20; record++) yield* story.append("a", 5)
    const faults = new Faults()
    const gate = faults.holdBefore("write")
    const replica = yield* story.replicator(faults)
    yield* gate.reached
    const acknowledged: Array<number> = []
    const journal = story.writer().journal("b")
    const writing = yield* Effect.forkScoped(
      Effect.forEach(
        numbers(1, 1_000_000),
        (name) =>
          Effect.match(journal.append([{ payload: name }]), {
            onSuccess: () => void acknowledged.push(name),
            onFailure: () => undefined
          }),
        { discard: true }
      )
    )
    const atLeast = (count: number) =>
      until(
        `${count} appends were acknowledged`,
        Effect.sync(() => acknowledged.length >= count)
      )
    yield* atLeast(20)
    yield* Effect.promise(() => server.kill())
    yield* gate.release
    yield* replica.stalls("Unavailable")
    yield* Effect.promise(() => server.start())
    yield* atLeast(acknowledged.length + 20)
    yield* Fiber.interrupt(writing)
    yield* story.sees("a", numbers(1, 100))
    const { events } = yield* readingOf(story.cold, "b")
    const found = events.map(({ json }) => Number(json))
    expect(found).toEqual([...new Set(found)].toSorted((one, other) => one - other))
    expect(acknowledged.filter((name) => !found.includes(name))).toEqual([])
    yield* story.replicated
    yield* replica.stop
    yield* story.ends
  })
}

/** Stories of logs and stores that are damaged or changed from outside. */
export const damageTales: ReadonlyArray<Tale> = [unreplicated, poison, restored, growth]

/** Those in which Kafka goes down. */
export const damageKafkaTales: ReadonlyArray<KafkaTale> = [restarted]
