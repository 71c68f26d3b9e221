import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { encodeUtf8 } from "../../bytes/index.ts"
import { HeadCache, makeJournals, planJournal, rawPayload, replicate } from "../../journal/index.ts"
import type { Journal, PlacedAction, ReplicatorEvent } from "../../journal/index.ts"
import { partitionFor } from "../../log/index.ts"
import type { CommitLog, JournalKey, JournalStore, Payload } from "../index.ts"
import { ContractViolation, expectEqual } from "./ContractViolation.ts"
import { endingLog } from "./JournalHazardFaults.ts"
import { deedsOf, namesOf, nothing, placedOf, recordOf, truthOf } from "./JournalHazardStory.ts"
import type { Truth } from "./JournalHazardStory.ts"
import type { JournalHazardSubject } from "./JournalHazardSubject.ts"
import { removeHead } from "./JournalStoreSamples.ts"
import { headOf } from "./JournalStoreSubject.ts"
import { show } from "./Show.ts"

/** What a case does. */
export type Run = Effect.Effect<void, unknown, Scope>

const patienceMs = 30_000

/** A replicator that stalls so often in a row, and not since something is out of reach, will not go on. */
const manyStalls = 3

/** A journal as it shows: one of which everything is deleted is nothing to look at. */
const shownOf = (truth: Truth): Truth =>
  truth.state !== undefined && truth.state.deleteTo < truth.state.seqNr ? truth : nothing

/** What a journal shows, for a person. */
const summaryOf = ({ events, state }: Truth): string =>
  state === undefined ? "nothing" : `${state.deleteTo + 1} to ${state.seqNr}: ${namesOf(events)}`

/** Waits for a condition, and tells what went on instead where it does not come true. */
export const inTime = <A, E, R>(
  what: string,
  expected: string,
  condition: Effect.Effect<A, E, R>,
  instead: () => string
): Effect.Effect<A, E | ContractViolation, R> =>
  Effect.timeoutOrElse(condition, {
    duration: patienceMs,
    orElse: () => Effect.fail(new ContractViolation({ what, expected, actual: instead() }))
  })

/** A replicator of the subject's partition, from the store's pointer up to an offset of the log. */
export interface Worker {
  /** Ends when everything below the end is in the store. */
  readonly done: Effect.Effect<void, ContractViolation>
}

const worker = Effect.fnUntraced(function* (
  subject: JournalHazardSubject,
  store: JournalStore,
  log: CommitLog,
  end: number,
  onEvent: (event: ReplicatorEvent) => void
): Effect.fn.Return<Worker, never, Scope> {
  const { topic } = subject
  const [what, expected] = [`the replicator of ${topic}-0`, `done up to offset ${end}`]
  const done = Deferred.makeUnsafe<void, ContractViolation>()
  let last = "nothing happened"
  let stalls = 0
  const { join } = yield* replicate({
    log: endingLog(log, end),
    store,
    topics: [topic],
    onEvent: (event) => {
      if (event.partition !== 0) return
      onEvent(event)
      last = event._tag === "Stalled" ? `stalled, since ${event.error.message}` : event._tag
      if ((event._tag === "Replicated" || event._tag === "Resumed") && event.nextOffset >= end) {
        Deferred.doneUnsafe(done, Effect.void)
      }
      if (event._tag === "Replicated") stalls = 0
      if (event._tag === "Stalled" && event.error.reason !== "Unavailable" && ++stalls === manyStalls) {
        Deferred.doneUnsafe(done, Effect.fail(new ContractViolation({ what, expected, actual: last })))
      }
    }
  })
  const ended = Effect.raceFirst(Deferred.await(done), Effect.orDie(join))
  return { done: inTime(what, expected, ended, () => last) }
})

/** The subject with what a case has written so far. */
export class HazardWorld {
  readonly subject: JournalHazardSubject
  readonly #partitions: number
  #journals = 0
  /** The offset after the last record that a case has written. */
  #end = 0

  constructor(subject: JournalHazardSubject, partitions: number) {
    this.subject = subject
    this.#partitions = partitions
  }

  get end(): number {
    return this.#end
  }

  /** A journal that nobody has used. */
  journal(): HazardJournal {
    let id: string
    do id = `journal-${++this.#journals}`
    while (partitionFor(encodeUtf8(id), this.#partitions) !== 0)
    return new HazardJournal(this, { topic: this.subject.topic, id })
  }

  wrote(offset: number): void {
    this.#end = Math.max(this.#end, offset + 1)
  }

  /** Starts a replicator. */
  worker(store: JournalStore, onEvent: (event: ReplicatorEvent) => void = () => {}, log = this.subject.log) {
    return worker(this.subject, store, log, this.#end, onEvent)
  }

  /** Replicates what was written, by a replicator that knows nothing but the store. */
  replicate(store = this.subject.store, log = this.subject.log): Effect.Effect<void, ContractViolation> {
    return Effect.scoped(
      Effect.flatMap(
        Effect.suspend(() => this.worker(store, undefined, log)),
        ({ done }) => done
      )
    )
  }

  /** Puts the pointer elsewhere, as an operator does. */
  movePointer(offset: number): Effect.Effect<void, unknown> {
    const { store, topic } = this.subject
    return Effect.flatMap(store.pointer(topic, 0), (previous) =>
      store.write([{ _tag: "PutPointer", topic, partition: 0, offset, previous }])
    )
  }

  /** Forgets journals, and replicates them again from an offset on, before which they were not there. */
  replicateAgain(beginning: number, journals: ReadonlyArray<HazardJournal>): Effect.Effect<void, unknown> {
    const { store } = this.subject
    const forget = ({ key }: HazardJournal) =>
      Effect.flatMap(store.head(key), (previous) =>
        previous === undefined ? Effect.void : store.write([removeHead(key, previous)])
      )
    return Effect.forEach(journals, forget, { discard: true }).pipe(
      Effect.andThen(this.movePointer(beginning - 1)),
      Effect.andThen(this.replicate())
    )
  }

  /** A cache for readers that ask one. */
  get heads(): Effect.Effect<HeadCache, never, Scope> {
    const { log, store } = this.subject
    return HeadCache.make({ log, store })
  }
}

/** A journal whose records a case writes as it likes, as a producer without odradek does. */
export class HazardJournal {
  readonly key: JournalKey
  readonly actions: Array<PlacedAction> = []
  readonly world: HazardWorld

  constructor(world: HazardWorld, key: JournalKey) {
    this.world = world
    this.key = key
  }

  /** What the journal is by all its records in the log. */
  get truth(): Truth {
    return truthOf(this.actions)
  }

  /** What it was before and after each record from an offset on. */
  truthsFrom(offset: number): ReadonlyArray<Truth> {
    const before = this.actions.filter((action) => action.offset < offset).length
    return Array.from({ length: this.actions.length - before + 1 }, (_, more) =>
      truthOf(this.actions.slice(0, before + more))
    )
  }

  /** Appends the records of a story, such as `a1-3 d2 purge a1`. */
  write(story: string): Effect.Effect<void, unknown> {
    const { log, topic } = this.world.subject
    const { id } = this.key
    return Effect.forEach(
      deedsOf(story, this.truth.state?.seqNr ?? 0),
      (deed) => {
        const nth = this.actions.length
        return Effect.map(log.append({ ...recordOf(id, nth, deed), topic, partition: 0 }), (offset) => {
          this.actions.push(placedOf(id, nth, deed, offset))
          this.world.wrote(offset)
        })
      },
      { discard: true }
    )
  }

  /** The journal as an application opens it. */
  open(store = this.world.subject.store, heads?: HeadCache): Journal<Payload> {
    const { log, topic } = this.world.subject
    return makeJournals({ log, store, topic, payload: rawPayload, ...(heads && { heads }) }).journal(this.key.id)
  }

  /** What a reader is told. */
  read(store?: JournalStore): Effect.Effect<Truth, unknown> {
    return Effect.map(this.open(store).explain, ({ events, state }) => ({
      state,
      events: events.map((each) => {
        const { source: _, ...event } = each
        return event
      })
    }))
  }

  /** Asserts that a reader is told what the log says. */
  expectRead(what: string, store?: JournalStore): Effect.Effect<void, unknown> {
    const { truth } = this
    return Effect.flatMap(this.read(store), (told) =>
      Effect.gen(function* () {
        yield* expectEqual(`what is read ${what}, as number@offset`, namesOf(told.events), namesOf(truth.events))
        yield* expectEqual(`the journal's state ${what}`, told.state, truth.state)
        yield* expectEqual(`the events ${what}`, told.events, truth.events)
      })
    )
  }

  /** Likewise, of a reader that asks a cache for the log's tail. */
  expectCached(what: string, heads: HeadCache): Effect.Effect<void, unknown> {
    const journal = this.open(undefined, heads)
    const { events, state } = this.truth
    return Effect.gen(function* () {
      const told = yield* Stream.runCollect(journal.read())
      const names = told.map(({ offset, seqNr }) => `${seqNr}@${offset}`).join(" ")
      yield* expectEqual(`what is read ${what} by one who asks a cache, as number@offset`, names, namesOf(events))
      const pointer = yield* journal.pointer
      yield* expectEqual(`the last number ${what} for one who asks a cache`, pointer, state?.seqNr)
    })
  }

  /** Asserts that the store alone shows the journal as it was after some record from an offset on. */
  expectShown(what: string, from: number): Effect.Effect<void, unknown> {
    const { store } = this.world.subject
    const { key } = this
    const truths = this.truthsFrom(from).map(shownOf)
    return Effect.gen(function* () {
      const head = yield* store.head(key)
      const state = head && { seqNr: head.seqNr, deleteTo: head.deleteTo }
      const { deleteTo = 0, seqNr = 0 } = state ?? {}
      const events = deleteTo < seqNr ? yield* store.events({ key, from: deleteTo + 1, to: seqNr, limit: seqNr }) : []
      const shown = shownOf({ state, events })
      if (truths.some((truth) => show(truth) === show(shown))) return
      const expected = truths.map(summaryOf).join(" or ")
      const where = `what the store shows of ${key.id} ${what}, as numbers: number@offset`
      return yield* new ContractViolation({ what: where, expected, actual: summaryOf(shown) })
    })
  }

  /** Asserts that the store has the head and the rows that one undisturbed replication of everything gives, and no others. */
  expectStored(what: string): Effect.Effect<void, unknown> {
    const { store } = this.world.subject
    const { actions, key, truth } = this
    return Effect.gen(function* () {
      const head = yield* headOf(store, key)
      const planned = planJournal(key, 0, undefined, actions).head
      yield* expectEqual(`the head in the store ${what}`, head, planned)
      const to = Math.max(1, ...actions.map((action) => (action._tag === "Append" ? action.range.to : 0)))
      const rows = yield* store.events({ key, from: 1, to, limit: to })
      yield* expectEqual(`the events in the store ${what}`, rows, truth.events)
    })
  }
}
