import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import type { EventRecord, EventsRequest, JournalStore, WriteStep } from "../../core/ports/index.ts"
import { fencedPointer, headsOf } from "../../core/store/index.ts"
import { MemoryTopic, type MemoryJournal } from "./MemoryTopic.ts"

/**
 * Settings of a store in memory. With `atomic: false` (the default is true) it behaves as a store without transactions:
 * steps before a failed one stay done.
 */
export interface MemoryStoreOptions {
  readonly atomic?: boolean
}

const pointerKey = (topic: string, partition: number): string => `${partition}:${topic}`

/** The event without the bytes of its writer. */
const ownEvent = (event: EventRecord): EventRecord =>
  event.payload?._tag === "Binary"
    ? { ...event, payload: { _tag: "Binary", bytes: event.payload.bytes.slice() } }
    : event

/**
 * Makes a journal's store that lives in the memory of this process, empty.
 *
 * **When to use**
 *
 * For tests, and for programs that rebuild their journals from the log whenever they start.
 *
 * **Gotchas**
 *
 * Reads answer with the store's own bytes: do not write to them.
 */
const make = (options: MemoryStoreOptions = {}): JournalStore => {
  const atomic = options.atomic ?? true
  const topics = new Map<string, MemoryTopic>()
  const pointers = new Map<string, number>()

  const journal = (key: { readonly topic: string; readonly id: string }): MemoryJournal | undefined =>
    topics.get(key.topic)?.get(key.id)

  const topicOf = (name: string): MemoryTopic => {
    const found = topics.get(name)
    if (found !== undefined) return found
    const created = new MemoryTopic()
    topics.set(name, created)
    return created
  }

  /** The first pointer step that would be fenced, if the steps were done one after the other. */
  const findFenced = (steps: ReadonlyArray<WriteStep>): JournalStoreError | undefined => {
    const moved = new Map<string, number>()
    for (const step of steps) {
      if (step._tag !== "PutPointer") continue
      const key = pointerKey(step.topic, step.partition)
      const actual = moved.get(key) ?? pointers.get(key)
      if (actual !== step.previous) return fencedPointer(step, actual)
      moved.set(key, step.offset)
    }
    return undefined
  }

  const apply = (step: WriteStep): void => {
    switch (step._tag) {
      case "PutEvents":
        return topicOf(step.key.topic).putEvents(step.key.id, step.events.map(ownEvent))
      case "PutHead":
        return topicOf(step.key.topic).putHead(step.key.id, step.head)
      case "RemoveEvents":
        return topicOf(step.key.topic).removeEvents(step.key.id, step.from, step.to)
      case "RemoveHead":
        return step.previous === undefined ? undefined : topicOf(step.key.topic).removeHead(step.key.id)
      case "PutPointer":
        pointers.set(pointerKey(step.topic, step.partition), step.offset)
    }
  }

  /** A pointer is the only thing that can fail, so that looking first makes the list one atom. */
  const carryOut = (steps: ReadonlyArray<WriteStep>): Effect.Effect<void, JournalStoreError> =>
    Effect.suspend(() => {
      const failure = findFenced(steps)
      if (failure !== undefined) return Effect.fail(failure)
      for (const step of steps) apply(step)
      return Effect.void
    })

  const events = ({ key, from, to, limit }: EventsRequest): ReadonlyArray<EventRecord> =>
    journal(key)?.events.range(from, to, limit) ?? []

  return {
    atomic,
    pointer: (topic, partition) => Effect.sync(() => pointers.get(pointerKey(topic, partition))),
    head: (key) => Effect.sync(() => journal(key)?.head),
    heads: (topic, ids) => Effect.sync(() => headsOf(ids, (id) => journal({ topic, id })?.head)),
    events: (request) => Effect.sync(() => events(request)),
    ids: (topic, after, limit) => Effect.sync(() => topics.get(topic)?.ids(after, limit) ?? []),
    expired: (request) => Effect.sync(() => topics.get(request.topic)?.expired(request) ?? []),
    write: (steps) => (atomic ? carryOut(steps) : Effect.forEach(steps, (step) => carryOut([step]), { discard: true })),
    check: Effect.succeed({ schema: undefined })
  }
}

/** Makes stores in memory: {@link make}. */
export const MemoryStore = { make } as const
