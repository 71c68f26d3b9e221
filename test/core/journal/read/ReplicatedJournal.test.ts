import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { MemoryStore } from "../../../../adapters/memory/index.ts"
import { encodeAction, encodeEvents, readReplicated, rawPayload } from "../../../../core/journal/index.ts"
import type { Action, Event, ReplicatedRange, ReplicatedStore } from "../../../../core/journal/index.ts"
import { Recovery, Replication } from "../../../../core/journal/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { JournalStore } from "../../../../core/ports/index.ts"
import { getOrThrow } from "effect/Result"
import { PureLog, recover, replicateTo } from "../PureJournal.ts"

const key = { topic: "accounts", id: "account-1" }
const other = { topic: "accounts", id: "account-2" }

type Deed = readonly ["append", from: number, to: number] | readonly ["delete", to: number] | readonly ["purge"]

const eventOf = (seqNr: number): Event => ({ seqNr, tags: [], payload: { _tag: "Json", text: `${seqNr}` } })

const recordOf = (deed: Deed, id = key.id) => {
  const base = { journalId: id, timestamp: 1_790_000_000_000, origin: undefined, version: undefined }
  const action = (): Action => {
    switch (deed[0]) {
      case "append": {
        const [, from, to] = deed
        const events = Array.from({ length: to - from + 1 }, (_, at) => eventOf(from + at)) as [Event, ...Array<Event>]
        const encoded = getOrThrow(encodeEvents({ events, metadata: { expireAfter: undefined, data: undefined } }))
        return {
          ...base,
          _tag: "Append",
          range: { from, to },
          ...encoded,
          headerMetadata: undefined,
          headers: new Map()
        }
      }
      case "delete":
        return { ...base, _tag: "Delete", to: deed[1] }
      case "purge":
        return { ...base, _tag: "Purge" }
    }
  }
  return getOrThrow(encodeAction(action()))
}

const logOf = (deeds: ReadonlyArray<Deed>): PureLog => {
  const log = new PureLog()
  for (const deed of deeds) log.append(recordOf(deed))
  return log
}

const replicate = (log: PureLog, store: JournalStore, end = log.end): void =>
  replicateTo(Replication.replication, log, store, key.topic, end)

/** A store that has replicated these deeds. */
const storeOf = (...deeds: ReadonlyArray<Deed>): JournalStore => {
  const store = MemoryStore.make()
  replicate(logOf(deeds), store)
  return store
}

/** Something that happens in front of the n-th request of a kind, counted from 1. */
const interfered = (
  store: JournalStore,
  kind: "head" | "events" | "pointer",
  nth: number,
  happens: () => void
): ReplicatedStore => {
  let count = 0
  const before = (asked: "head" | "events" | "pointer") =>
    Effect.sync(() => {
      if (asked === kind && ++count === nth) happens()
    })
  return {
    pointer: (topic, partition) => Effect.andThen(before("pointer"), store.pointer(topic, partition)),
    head: (of) => Effect.andThen(before("head"), store.head(of)),
    events: (request) => Effect.andThen(before("events"), store.events(request))
  }
}

const read = (store: ReplicatedStore, range?: ReplicatedRange) =>
  Effect.gen(function* () {
    const answer = yield* readReplicated(store, key, rawPayload, range)
    if (answer._tag === "Behind") return answer
    const events = yield* Stream.runCollect(answer.events)
    return { ...answer, events: events.map(({ seqNr }) => seqNr) }
  })

const readNow = (store: ReplicatedStore, range?: ReplicatedRange) => Effect.runSync(read(store, range))

const failureOf = (store: ReplicatedStore, range?: ReplicatedRange) => Effect.runSync(Effect.flip(read(store, range)))

describe("a read of what is replicated", () => {
  it("gives the events and says that they are eventual, and up to where", () => {
    const store = storeOf(["append", 1, 3], ["append", 4, 4], ["delete", 2])
    expect(readNow(store)).toEqual({
      _tag: "Replicated",
      consistency: "eventual",
      replicatedTo: { partition: 0, offset: 2 },
      state: { seqNr: 4, deleteTo: 2 },
      events: [3, 4]
    })
  })

  it("gives a part of the events", () => {
    expect(readNow(storeOf(["append", 1, 9]), { from: 3, to: 5 })).toMatchObject({ events: [3, 4, 5] })
    expect(readNow(storeOf(["append", 1, 9]), { from: 20 })).toMatchObject({ events: [], state: { seqNr: 9 } })
  })

  it("gives the same events to whoever iterates once more", () => {
    const answer = Effect.runSync(readReplicated(storeOf(["append", 1, 1200]), key, rawPayload))
    if (answer._tag === "Behind") return expect.fail("It is not behind.")
    const counts = [1, 2].map(() => Effect.runSync(Stream.runCollect(answer.events)).length)
    expect(counts).toEqual([1200, 1200])
  })

  it("knows no journal, and no partition, where the store has nothing", () => {
    expect(readNow(MemoryStore.make())).toMatchObject({ state: undefined, replicatedTo: undefined, events: [] })
    expect(readNow(storeOf(["append", 1, 2], ["purge"]))).toMatchObject({ state: undefined, events: [] })
  })

  it("is behind where neither the pointer nor the head has come to the place that was asked for", () => {
    const log = logOf([
      ["append", 1, 1],
      ["append", 2, 2]
    ])
    const store = MemoryStore.make()
    replicate(log, store, 1)
    const wanted = { partition: 0, offset: 1 }
    expect(readNow(store, { atLeast: wanted })).toEqual({
      _tag: "Behind",
      consistency: "eventual",
      wanted,
      replicatedTo: 0
    })
    replicate(log, store)
    expect(readNow(store, { atLeast: wanted })).toMatchObject({ replicatedTo: { offset: 1 }, events: [1, 2] })
    expect(readNow(MemoryStore.make(), { atLeast: wanted })).toMatchObject({ _tag: "Behind", replicatedTo: undefined })
  })

  it("sees a purge by the pointer, since the head is gone", () => {
    const store = storeOf(["append", 1, 2], ["purge"])
    expect(readNow(store, { atLeast: { partition: 0, offset: 1 } })).toMatchObject({
      replicatedTo: { partition: 0, offset: 1 },
      state: undefined
    })
  })

  it("takes the head's word where the pointer is not moved yet", () => {
    const store = storeOf(["append", 1, 2], ["append", 3, 3])
    const slow: ReplicatedStore = { ...store, pointer: () => Effect.succeed(0) }
    expect(readNow(slow, { atLeast: { partition: 0, offset: 1 } })).toMatchObject({
      replicatedTo: { offset: 1 },
      events: [1, 2, 3]
    })
  })

  it("reads the pointer before the head that it answers with", () => {
    const log = logOf([
      ["append", 1, 1],
      ["append", 2, 2]
    ])
    const store = MemoryStore.make()
    replicate(log, store, 1)
    const moving = interfered(store, "head", 2, () => replicate(log, store))
    expect(readNow(moving)).toMatchObject({ replicatedTo: { offset: 1 }, events: [1, 2] })
  })

  it("begins again where the journal is deleted under its first page", () => {
    const log = logOf([
      ["append", 1, 9],
      ["delete", 4]
    ])
    const store = MemoryStore.make()
    replicate(log, store, 1)
    const moving = interfered(store, "events", 1, () => replicate(log, store))
    expect(readNow(moving)).toMatchObject({ state: { seqNr: 9, deleteTo: 4 }, events: [5, 6, 7, 8, 9] })
  })

  it("says so where what was still to come is deleted or purged, and begun again", () => {
    const ends: ReadonlyArray<ReadonlyArray<Deed>> = [[["delete", 700]], [["purge"]], [["purge"], ["append", 1, 1200]]]
    for (const end of ends) {
      const log = logOf([["append", 1, 1200], ...end])
      const store = MemoryStore.make()
      replicate(log, store, 1)
      const moving = interfered(store, "events", 2, () => replicate(log, store))
      expect(failureOf(moving)).toMatchObject({ _tag: "JournalError", reason: "Changed", id: key.id })
    }
  })

  it("gives up on a journal that changes under each of its attempts", () => {
    const store = storeOf(["append", 1, 3])
    const never: ReplicatedStore = { ...store, events: () => Effect.succeed([]), head: headsOfMany(store) }
    expect(failureOf(never)).toMatchObject({ reason: "Changed" })
  })

  it("reads events behind gaps in the numbers", () => {
    expect(readNow(storeOf(["append", 3, 4], ["append", 8, 9]))).toMatchObject({ events: [3, 4, 8, 9] })
  })

  it("refuses numbers that are none, and places that no append answers", () => {
    const store = storeOf(["append", 1, 1])
    expect(failureOf(store, { from: 0 })).toMatchObject({ reason: "Invalid" })
    expect(failureOf(store, { to: 1.5 })).toMatchObject({ reason: "Invalid" })
    expect(failureOf(store, { atLeast: { partition: 0, offset: -1 } })).toMatchObject({ reason: "Invalid" })
  })

  it("tells a failure of the store", () => {
    const error = new JournalStoreError({ reason: "Unreachable", operation: "head", message: "It is away." })
    const away: ReplicatedStore = { ...MemoryStore.make(), head: () => Effect.fail(error) }
    expect(failureOf(away)).toMatchObject({ reason: "Unavailable", message: "It is away." })
  })

  it("is what a recovery gave when the log ended there, for every length of the log", () => {
    const deeds: ReadonlyArray<Deed> = [
      ["append", 1, 2],
      ["append", 2, 3],
      ["delete", 1],
      ["purge"],
      ["append", 1, 1],
      ["delete", 9],
      ["append", 2, 4],
      ["purge"],
      ["delete", 3],
      ["append", 4, 5]
    ]
    for (let end = 0; end <= deeds.length; end++) {
      const log = logOf(deeds.slice(0, end))
      const store = MemoryStore.make()
      replicate(logOf(deeds), store, end)
      const sources = {
        log,
        store: MemoryStore.make(),
        cache: undefined,
        mark: () => log.append(recordOf(["purge"], other.id))
      }
      const { events, state } = recover(Recovery.recovery, sources, key, true)
      expect(readNow(store), `after ${end}`).toMatchObject({ state, events: events.map(({ seqNr }) => seqNr) })
    }
  })
})

/** Heads that are of another incarnation each time. */
const headsOfMany = (store: JournalStore): JournalStore["head"] => {
  let incarnation = 0
  return (of) =>
    Effect.map(store.head(of), (head) => (head === undefined ? head : { ...head, recordId: `${incarnation++}` }))
}
