import * as Effect from "effect/Effect"
import type { EventRecord, JournalHead } from "../../core/ports/index.ts"
import type { Story, Trouble } from "./Story.ts"

interface Saved {
  readonly head: JournalHead | undefined
  readonly events: ReadonlyArray<EventRecord>
}

/** What a store had at some time; `restore` makes it so again, whatever was written since. */
export interface Backup {
  readonly restore: Effect.Effect<void, Trouble>
}

/**
 * Saves what a store has of a story's first partition.
 *
 * **Details**
 *
 * A backup is restored row by row through the store itself, in an order in which stores that refuse what is out of date
 * take it: the pointer first goes to where the log begins, which has to be before all journals.
 */
export const saveStore = (story: Story): Effect.Effect<Backup, Trouble> =>
  Effect.gen(function* () {
    const { oracle, store, topic } = story
    const savedOf = (id: string): Effect.Effect<Saved, Trouble> =>
      Effect.all({
        head: store.head({ topic, id }),
        events: store.events({ key: { topic, id }, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 1_000_000 })
      })
    const pointer = yield* store.pointer(topic, 0)
    const saved = new Map<string, Saved>()
    for (const id of oracle.ids) saved.set(id, yield* savedOf(id))

    const put = (previous: number | undefined, offset: number) =>
      store.write([{ _tag: "PutPointer", topic, partition: 0, offset, previous }])
    const restoreOne = (id: string) =>
      Effect.gen(function* () {
        const key = { topic, id }
        const now = yield* savedOf(id)
        const { events, head } = saved.get(id) ?? { events: [], head: undefined }
        if (now.head !== undefined) {
          yield* store.write([{ _tag: "RemoveEvents", key, head: now.head, from: 1, to: now.head.seqNr }])
          yield* store.write([{ _tag: "RemoveHead", key, previous: now.head, partition: 0, offset: now.head.offset }])
        }
        if (head === undefined) return
        if (events.length > 0) yield* store.write([{ _tag: "PutEvents", key, head, previous: undefined, events }])
        yield* store.write([{ _tag: "PutHead", key, head, previous: undefined }])
      })
    return {
      restore: Effect.gen(function* () {
        yield* put(yield* store.pointer(topic, 0), 0)
        for (const id of oracle.ids) yield* restoreOne(id)
        if (pointer !== undefined) yield* put(0, pointer)
      })
    }
  })
