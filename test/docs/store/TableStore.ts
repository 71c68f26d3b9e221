import * as Effect from "effect/Effect"
import type {
  EventRecord,
  JournalHead,
  JournalKey,
  JournalStore,
  JournalStoreError,
  WriteStep
} from "odradek/core/ports"
import { fencedPointer, headsOf } from "odradek/core/store"

/** What the database keeps: a row of each kind for each key. Here it is memory. */
export const emptyTables = () => ({
  heads: new Map<string, { readonly key: JournalKey; readonly head: JournalHead }>(),
  events: new Map<string, Map<number, EventRecord>>(),
  pointers: new Map<string, number>()
})

export type Tables = ReturnType<typeof emptyTables>

/** What stands for the driver of a database: questions, and transactions that change all or nothing. */
export interface Driver {
  readonly query: <A>(ask: (tables: Tables) => A) => Effect.Effect<A, JournalStoreError>
  readonly transact: (
    change: (tables: Tables) => Effect.Effect<void, JournalStoreError>
  ) => Effect.Effect<void, JournalStoreError>
}

export const makeDriver = (tables: Tables): Driver => ({
  query: (ask) => Effect.sync(() => structuredClone(ask(tables))),
  transact: (change) => Effect.suspend(() => change(tables))
})

/** Any text is an id and a topic, so that two of them are put together by something that tells them apart. */
const rowOf = (...parts: ReadonlyArray<string | number>): string => JSON.stringify(parts)

const journalRow = ({ id, topic }: JournalKey): string => rowOf(topic, id)

/** A pointer that is not where a step says: another replicator has moved it, and nothing may be written. */
const findFenced = (tables: Tables, steps: ReadonlyArray<WriteStep>): JournalStoreError | undefined => {
  const pointers = new Map(tables.pointers)
  for (const step of steps) {
    if (step._tag !== "PutPointer") continue
    const row = rowOf(step.topic, step.partition)
    if (pointers.get(row) !== step.previous) return fencedPointer(step, pointers.get(row))
    pointers.set(row, step.offset)
  }
  return undefined
}

const carryOut = (tables: Tables, step: WriteStep): void => {
  if (step._tag === "PutPointer") {
    tables.pointers.set(rowOf(step.topic, step.partition), step.offset)
    return
  }
  const row = journalRow(step.key)
  const events = tables.events.get(row) ?? new Map<number, EventRecord>()
  switch (step._tag) {
    case "PutEvents":
      tables.events.set(row, events)
      for (const event of step.events) events.set(event.seqNr, structuredClone(event))
      return
    case "PutHead":
      tables.heads.set(row, { key: step.key, head: step.head })
      return
    case "RemoveEvents":
      // The range may be far wider than what is there.
      for (const seqNr of events.keys()) if (seqNr >= step.from && seqNr <= step.to) events.delete(seqNr)
      return
    case "RemoveHead":
      if (step.previous !== undefined) tables.heads.delete(row)
  }
}

/** A store over such a driver. */
export const tableStore = ({ query, transact }: Driver): JournalStore => {
  /** The journals of a topic, in the order of their ids. */
  const journals = ({ heads }: Tables, topic: string) =>
    [...heads.values()].filter(({ key }) => key.topic === topic).sort((a, b) => (a.key.id < b.key.id ? -1 : 1))

  return {
    atomic: true,
    pointer: (topic, partition) => query(({ pointers }) => pointers.get(rowOf(topic, partition))),
    head: (key) => query(({ heads }) => heads.get(journalRow(key))?.head),
    heads: (topic, ids) => query(({ heads }) => headsOf(ids, (id) => heads.get(journalRow({ topic, id }))?.head)),
    events: ({ from, key, limit, to }) =>
      query(({ events }) =>
        [...(events.get(journalRow(key))?.values() ?? [])]
          .filter(({ seqNr }) => seqNr >= from && seqNr <= to)
          .sort((a, b) => a.seqNr - b.seqNr)
          .slice(0, limit)
      ),
    ids: (topic, after, limit) =>
      query((tables) =>
        journals(tables, topic)
          .map(({ key }) => key.id)
          .filter((id) => after === undefined || id > after)
          .slice(0, limit)
      ),
    expired: ({ after, limit, onOrBefore, topic }) =>
      query((tables) =>
        journals(tables, topic)
          .flatMap(({ head: { expireOn }, key: { id } }) => (expireOn === undefined ? [] : [{ id, expireOn }]))
          .filter(({ expireOn, id }) => expireOn <= onOrBefore && (after === undefined || id > after.id))
          .slice(0, limit)
      ),
    write: (steps) =>
      transact((tables) => {
        const fenced = findFenced(tables, steps)
        if (fenced !== undefined) return Effect.fail(fenced)
        return Effect.sync(() => steps.forEach((step) => carryOut(tables, step)))
      }),
    check: Effect.succeed({ schema: undefined })
  }
}
