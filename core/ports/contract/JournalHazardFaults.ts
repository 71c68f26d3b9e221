import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { LogRecord } from "../../log/index.ts"
import { JournalStoreError } from "../index.ts"
import type { CommitLog, JournalStore, WriteStep } from "../index.ts"

/** What becomes of a call: `call` carries it out, and `nth` counts from 1. */
type Pass = <A>(
  call: Effect.Effect<A, JournalStoreError>,
  nth: number,
  steps: ReadonlyArray<WriteStep>
) => Effect.Effect<A, JournalStoreError>

/** A step as a store without transactions carries it out, at its worst: row by row. */
const rowsOf = (step: WriteStep): ReadonlyArray<WriteStep> => {
  if (step._tag === "PutEvents") return step.events.map((event) => ({ ...step, events: [event] }))
  if (step._tag !== "RemoveEvents") return [step]
  return Array.from({ length: Math.max(0, step.to - step.from + 1) }, (_, at) => ({
    ...step,
    from: step.from + at,
    to: step.from + at
  }))
}

/** A store whose writes go through `pass`, one after the other; those of a store without transactions row by row. */
export const withWrites = (store: JournalStore, size: "steps" | "rows", pass: Pass): JournalStore => {
  const turn = Semaphore.makeUnsafe(1)
  let writes = 0
  const passed = (steps: ReadonlyArray<WriteStep>) =>
    Semaphore.withPermit(
      turn,
      Effect.suspend(() => pass(store.write(steps), ++writes, steps))
    )
  return {
    ...store,
    write: (steps) =>
      store.atomic || size === "steps"
        ? passed(steps)
        : Effect.forEach(steps.flatMap(rowsOf), (step) => passed([step]), { discard: true })
  }
}

/** A place where somebody is stopped: `reached` ends when he is there, `release` lets him go on. */
export interface Stop {
  readonly reached: Effect.Effect<void>
  readonly release: Effect.Effect<void>
}

export const makeStop = () => {
  const [here, go] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
  return {
    arrive: Effect.suspend(() => {
      Deferred.doneUnsafe(here, Effect.void)
      return Deferred.await(go)
    }),
    stop: {
      reached: Deferred.await(here),
      release: Effect.sync(() => Deferred.doneUnsafe(go, Effect.void))
    } satisfies Stop
  }
}

/** A store that goes silent after so many rows or transactions, as it is to a process that dies: `died` ends then. */
export const dyingStore = (
  store: JournalStore,
  writes: number
): { readonly store: JournalStore; readonly died: Effect.Effect<void> } => {
  const { arrive, stop } = makeStop()
  const pass: Pass = (call, nth) => (nth <= writes ? call : Effect.andThen(arrive, Effect.never))
  return { store: withWrites(store, "rows", pass), died: stop.reached }
}

const silent = new JournalStoreError({
  reason: "Unreachable",
  operation: "write",
  message: "The store has not answered, as this case wants it: write again."
})

/** How a write fails: it is carried out and its answer is lost, or it is not carried out. */
export type Failing = "answer lost" | "not done"

/** A store whose `nth` write fails once; `failed` tells whether it came to that. */
export const failingStore = (
  store: JournalStore,
  nth: number,
  how: Failing
): { readonly store: JournalStore; readonly failed: () => boolean } => {
  let failed = false
  const pass: Pass = (call, at) => {
    if (at !== nth) return call
    failed = true
    return how === "not done" ? Effect.fail(silent) : Effect.andThen(call, Effect.fail(silent))
  }
  return { store: withWrites(store, "steps", pass), failed: () => failed }
}

/** A store whose `nth` write is held, and what comes after it waits. `steps` is what was held. */
export const holdingStore = (
  store: JournalStore,
  nth: number
): { readonly store: JournalStore; readonly stop: Stop; readonly steps: () => ReadonlyArray<WriteStep> } => {
  const { arrive, stop } = makeStop()
  let held: ReadonlyArray<WriteStep> = []
  const pass: Pass = (call, at, steps) => {
    if (at !== nth) return call
    held = steps
    return Effect.andThen(arrive, call)
  }
  return { store: withWrites(store, "steps", pass), stop, steps: () => held }
}

/** A store whose `nth` answer to a question about journals comes only when it is released. */
export const hesitatingStore = (
  store: JournalStore,
  nth: number
): { readonly store: JournalStore; readonly stop: Stop } => {
  const { arrive, stop } = makeStop()
  let calls = 0
  const slow = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (++calls === nth ? Effect.tap(call, () => arrive) : call))
  return {
    store: {
      ...store,
      pointer: (topic, partition) => slow(store.pointer(topic, partition)),
      head: (key) => slow(store.head(key)),
      heads: (topic, ids) => slow(store.heads(topic, ids)),
      events: (request) => slow(store.events(request))
    },
    stop
  }
}

/** How long a log with nothing new is waited for, in milliseconds. */
const pollMs = 20

/** The log as it was when it ended at `end`. */
export const endingLog = (log: CommitLog, end: number): CommitLog => ({
  ...log,
  read: (request) => {
    const { offset } = request
    if (offset >= end) {
      return Effect.as(Effect.sleep(pollMs), { records: [], nextOffset: offset, logStart: 0, stableEnd: offset })
    }
    return Effect.map(log.read(request), (page) => ({
      ...page,
      records: page.records.filter((record) => record.offset < end),
      nextOffset: Math.min(page.nextOffset, end)
    }))
  }
})

/** The log as it comes where a page has at most so many records. */
export const pagedLog = (log: CommitLog, size: number): CommitLog => ({
  ...log,
  read: (request) =>
    Effect.map(log.read(request), (page) => {
      const next = page.records[size]
      return next === undefined ? page : { ...page, records: page.records.slice(0, size), nextOffset: next.offset }
    })
})

/** A log of one partition, which ends with whoever has it and never waits. */
export const plainLog = (): CommitLog => {
  const records: Array<LogRecord> = []
  return {
    append: ({ headers, key, timestamp, value }) =>
      Effect.sync(() => records.push({ offset: records.length, timestamp, key, value, headers }) - 1),
    read: ({ offset }) =>
      Effect.sync(() => ({
        records: records.slice(offset),
        nextOffset: records.length,
        logStart: 0,
        stableEnd: records.length
      })),
    partitions: () => Effect.succeed(1),
    topics: Effect.succeed([])
  }
}
