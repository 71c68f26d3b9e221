import * as Effect from "effect/Effect"
import { encodeUtf8, shownText } from "../../bytes/index.ts"
import { partitionFor } from "../../log/index.ts"
import type { JournalHead, JournalKey, JournalStore, JournalStoreError, WriteStep } from "../../ports/index.ts"
import { forgetSteps, planCopy } from "./CopyPlan.ts"
import type { CopyPlan } from "./CopyPlan.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"

/**
 * What to copy: the journals of a topic with so many `partitions`, from the store `from` to the store `to`.
 *
 * **Details**
 *
 * `requestsAtOnce` bounds the journals that are copied at once. `onCopied` is told how many there were so far, those that
 * were there already included.
 */
export interface CopyOptions {
  readonly from: JournalStore
  readonly to: JournalStore
  readonly topic: string
  readonly partitions: number
  readonly requestsAtOnce: number
  readonly onCopied: (journals: number) => void
}

const idsPerPage = 1000
const eventsPerWrite = 500
/** How often a journal is copied anew that is deleted from or purged each time. */
const mostAttempts = 10

/** Carries steps out, one at a time where the store has no transactions. */
const writeAll = (store: JournalStore, steps: ReadonlyArray<WriteStep>): Effect.Effect<void, JournalStoreError> => {
  if (steps.length === 0) return Effect.void
  return store.atomic ? store.write(steps) : Effect.forEach(steps, (step) => store.write([step]), { discard: true })
}

/** Whether what was read below the head `before` was there as a whole: appends do no harm to it. */
const stands = (before: JournalHead, now: JournalHead | undefined): boolean =>
  now !== undefined && now.recordId === before.recordId && now.deleteTo === before.deleteTo

/**
 * Copies journals from one store to another, and then the pointers.
 *
 * **Details**
 *
 * The pointers are read first and written last: each journal is copied as it was then or later, and whoever replicates to
 * the other store from the pointers on comes to the same state, as after a crash between a head and a pointer. A copy that
 * was cut short is begun again, and passes over journals that are there; those that were purged in the meantime are taken
 * out. Partitions that have a pointer in the other store keep it. Nobody may replicate to the other store meanwhile.
 */
export const copyJournals = Effect.fnUntraced(function* (options: CopyOptions): Effect.fn.Return<void, JournalError> {
  const { from, onCopied, partitions, requestsAtOnce: concurrency, to, topic } = options
  const inStore = <A>(effect: Effect.Effect<A, JournalStoreError>, id?: string) =>
    Effect.mapError(effect, (error) => fromStoreError(error, id === undefined ? { topic } : { topic, id }))
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const pointers = yield* Effect.forEach(all, (partition) => inStore(from.pointer(topic, partition)))
  const known = yield* Effect.forEach(all, (partition) => inStore(to.pointer(topic, partition)))
  const lacking = all.filter((partition) => pointers[partition] !== undefined && known[partition] === undefined)
  if (lacking.length === 0) return

  const copyEvents = Effect.fnUntraced(function* (key: JournalKey, source: JournalHead, plan: CopyPlan) {
    let next = plan.from
    while (next <= plan.to) {
      const page = yield* from.events({ key, head: source, from: next, to: plan.to, limit: eventsPerWrite })
      const last = page.at(-1)
      if (last === undefined) return
      yield* writeAll(to, [plan.events(page)])
      if (page.length < eventsPerWrite) return
      next = last.seqNr + 1
    }
  })
  const copy = Effect.fnUntraced(function* (id: string): Effect.fn.Return<void, JournalError> {
    const key = { topic, id }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const source = yield* inStore(from.head(key), id)
      if (source === undefined) return
      const plan = planCopy(key, source, yield* inStore(to.head(key), id))
      if (plan === undefined) return
      yield* inStore(writeAll(to, plan.before), id)
      yield* inStore(copyEvents(key, source, plan), id)
      if (stands(source, yield* inStore(from.head(key), id))) return yield* inStore(writeAll(to, plan.after), id)
    }
    const message = `Journal ${shownText(id)} was deleted from under each of ${mostAttempts} attempts to copy it; copy again when less is deleted.`
    return yield* new JournalError({ reason: "Changed", topic, id, message })
  })
  /** Takes out what an earlier copy has brought and was purged since. */
  const sweep = Effect.fnUntraced(function* (id: string) {
    const key = { topic, id }
    if ((yield* inStore(from.head(key), id)) !== undefined) return
    const found = yield* inStore(to.head(key), id)
    const pointer = pointers[partitionFor(encodeUtf8(id), partitions)] ?? -1
    if (found !== undefined && found.offset <= pointer) yield* inStore(writeAll(to, forgetSteps(key, found)), id)
  })
  const eachOf = Effect.fnUntraced(function* (
    store: JournalStore,
    each: (id: string) => Effect.Effect<void, JournalError>,
    done: (count: number) => void
  ) {
    let [after, count, more]: [string | undefined, number, boolean] = [undefined, 0, true]
    while (more) {
      const ids: ReadonlyArray<string> = yield* inStore(store.ids(topic, after, idsPerPage))
      yield* Effect.forEach(ids, each, { concurrency, discard: true })
      count += ids.length
      after = ids.at(-1)
      more = ids.length === idsPerPage
      done(count)
    }
  })

  yield* eachOf(to, sweep, () => undefined)
  yield* eachOf(from, copy, onCopied)
  const steps = lacking.map((partition): WriteStep => ({
    _tag: "PutPointer",
    topic,
    partition,
    offset: pointers[partition] ?? -1,
    previous: undefined
  }))
  yield* inStore(writeAll(to, steps))
})
