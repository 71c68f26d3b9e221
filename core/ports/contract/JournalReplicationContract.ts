import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { planJournal } from "../../journal/index.ts"
import type { PlacedAction } from "../../journal/index.ts"
import type { JournalKey, JournalStore, JournalStoreError } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual } from "./ContractViolation.ts"
import type { ContractViolation } from "./ContractViolation.ts"
import type { JournalStoreSubject } from "./JournalStoreContract.ts"
import { event, greatest, someTime } from "./JournalStoreSamples.ts"

const partition = 3

type Kind =
  | { readonly _tag: "Append"; readonly from: number; readonly to: number }
  | { readonly _tag: "Delete"; readonly to: number }
  | { readonly _tag: "Purge" }

/** Some records of a journal, as one page of the log or one record a page. */
type Delivery = "together" | "one by one"

type Run = Effect.Effect<void, JournalStoreError | ContractViolation>

const append = (from: number, to: number): Kind => ({ _tag: "Append", from, to })
const remove = (to: number): Kind => ({ _tag: "Delete", to })
const purge: Kind = { _tag: "Purge" }

/** One event a record, as most writers append. */
const appends = (from: number, size: number): ReadonlyArray<Kind> =>
  Array.from({ length: size }, (_, at) => append(from + at, from + at))

/** A journal that is replicated by plans, and read as a recovery reads its part in the store. */
class ReplicatedJournal {
  readonly #store: JournalStore
  readonly #key: JournalKey
  #offset = 0

  constructor(store: JournalStore, key: JournalKey) {
    this.#store = store
    this.#key = key
  }

  /** The offset of the last record that was applied. */
  get offset(): number {
    return this.#offset - 1
  }

  #place(kind: Kind): PlacedAction {
    const offset = this.#offset++
    const base = { offset, timestamp: someTime + offset, origin: "writer" }
    if (kind._tag !== "Append") return { ...base, ...kind }
    const { from, to } = kind
    const events = Array.from({ length: to - from + 1 }, (_, at) => event(from + at, { partition, offset }))
    return { ...base, _tag: "Append", range: { from, to }, events }
  }

  apply(kinds: ReadonlyArray<Kind>, delivery: Delivery = "together"): Effect.Effect<void, JournalStoreError> {
    const actions = kinds.map((kind) => this.#place(kind))
    const pages = delivery === "together" ? [actions] : actions.map((action) => [action])
    return Effect.forEach(pages, (page) => this.#replicate(page), { discard: true })
  }

  #replicate(page: ReadonlyArray<PlacedAction>): Effect.Effect<void, JournalStoreError> {
    const store = this.#store
    return Effect.flatMap(store.head(this.#key), (head) => {
      const { steps } = planJournal(this.#key, partition, head, page)
      if (steps.length === 0) return Effect.void
      return store.atomic ? store.write(steps) : Effect.forEach(steps, (step) => store.write([step]), { discard: true })
    })
  }

  /** The numbers of the events that a reader sees from `from` on. */
  numbers(from = 1): Effect.Effect<ReadonlyArray<number>, JournalStoreError> {
    return Effect.flatMap(this.#store.head(this.#key), (head) => {
      if (head === undefined) return Effect.succeed([])
      const range = { from: Math.max(from, head.deleteTo + 1), to: head.seqNr }
      if (range.from > range.to) return Effect.succeed([])
      const read = this.#store.events({ key: this.#key, ...range, limit: 1000 })
      return Effect.map(read, (events) => events.map(({ seqNr }) => seqNr))
    })
  }

  /** Asserts what a reader sees, and the last number and offset in the head; no `last`: that there is no journal. */
  expect(what: string, numbers: ReadonlyArray<number>, last: number | undefined): Run {
    return Effect.gen({ self: this }, function* () {
      yield* expectEqual(`the events ${what}`, yield* this.numbers(), numbers)
      const head = yield* this.#store.head(this.#key)
      const pointer = head === undefined ? undefined : { seqNr: head.seqNr, offset: head.offset }
      const expected = last === undefined ? undefined : { seqNr: last, offset: this.offset }
      yield* expectEqual(`the last number and offset ${what}`, pointer, expected)
    })
  }
}

const upTo = (from: number, size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, at) => from + at)

/** Every first number, size and delivery that the claims about plain journals are held against. */
const shapes: ReadonlyArray<{ readonly first: number; readonly size: number; readonly delivery: Delivery }> = [
  1, 5, 10
].flatMap((first) =>
  [0, 1, 2, 5, 10].flatMap((size) =>
    (["together", "one by one"] as const).map((delivery) => ({ first, size, delivery }))
  )
)

const perShape = (
  name: string,
  run: (
    journal: ReplicatedJournal,
    shape: { readonly first: number; readonly size: number; readonly last: number }
  ) => Run
): ReadonlyArray<readonly [name: string, run: (journal: (id: string) => ReplicatedJournal) => Run]> =>
  shapes.map(({ delivery, first, size }) => [
    `${name}: ${size} events from ${first}, ${delivery}`,
    (journal) => {
      const one = journal("one")
      const last = first + size - 1
      return Effect.andThen(one.apply(appends(first, size), delivery), run(one, { first, size, last }))
    }
  ])

const lastOf = (size: number, last: number): number | undefined => (size === 0 ? undefined : last)

const plain = [
  ...perShape("what was appended is read, and the head has the last number", (journal, { first, last, size }) =>
    journal.expect("after the append", upTo(first, size), lastOf(size, last))
  ),
  ...perShape("an append continues the journal", (journal, { first, last, size }) =>
    Effect.gen(function* () {
      yield* journal.apply([append(last + 1, last + 1)])
      yield* journal.expect("after one more", upTo(first, size + 1), last + 1)
      yield* journal.apply([append(last + 2, last + 6)])
      yield* journal.expect("after five more", upTo(first, size + 6), last + 6)
    })
  ),
  ...perShape("a delete to each event leaves the rest, and the last number", (journal, { first, last, size }) =>
    Effect.forEach(
      upTo(first, size),
      (to) =>
        Effect.andThen(
          journal.apply([remove(to)]),
          journal.expect(`after a delete to ${to}`, upTo(to + 1, last - to), last)
        ),
      { discard: true }
    )
  ),
  ...perShape("an append after a delete continues the journal", (journal, { last, size }) =>
    size === 0
      ? Effect.void
      : Effect.gen(function* () {
          yield* journal.apply([remove(last), append(last + 1, last + 2)])
          yield* journal.expect("after the delete and the append", [last + 1, last + 2], last + 2)
        })
  ),
  ...perShape("a second delete to the last event changes nothing but the offset", (journal, { last, size }) =>
    size === 0
      ? Effect.void
      : Effect.gen(function* () {
          yield* journal.apply([remove(last)])
          yield* journal.apply([remove(last)])
          yield* journal.expect("after two deletes", [], last)
        })
  ),
  ...perShape("a read begins at the number it is given", (journal, { first, last, size }) =>
    Effect.forEach(
      [1, ...upTo(first, size), last + 1, greatest],
      (from) =>
        Effect.flatMap(journal.numbers(from), (numbers) =>
          expectEqual(
            `the events from ${from}`,
            numbers,
            upTo(first, size).filter((seqNr) => seqNr >= from)
          )
        ),
      { discard: true }
    )
  )
]

const beginning = [1, 2, 5].map(
  (to) =>
    [
      `a delete to ${to} of a journal that does not exist begins it there`,
      (journal: (id: string) => ReplicatedJournal): Run =>
        Effect.gen(function* () {
          const one = journal("one")
          yield* one.apply([remove(to)])
          yield* one.expect("after the delete", [], to)
          yield* one.apply([append(to + 1, to + 1)])
          yield* one.expect("after the append", [to + 1], to + 1)
        })
    ] as const
)

const stories: ReadonlyArray<readonly [string, (journal: (id: string) => ReplicatedJournal) => Run]> = [
  [
    "deletes between appends are clamped to the last event and never taken back",
    (journal) =>
      Effect.gen(function* () {
        const one = journal("one")
        yield* one.apply([append(1, 3)])
        yield* one.apply([remove(greatest)])
        yield* one.expect("after a delete beyond the end", [], 3)
        yield* one.apply([append(4, 5), append(6, 6)])
        yield* one.apply([remove(2)])
        yield* one.expect("after a delete below an earlier one", [4, 5, 6], 6)
        yield* one.apply([append(7, 7), remove(6)])
        yield* one.expect("after an append and a delete in one page", [7], 7)
      })
  ],
  [
    "a journal may begin at any number",
    (journal) =>
      Effect.gen(function* () {
        const one = journal("one")
        yield* one.apply([append(5, 6), append(7, 7)])
        yield* one.expect("after the append", [5, 6, 7], 7)
      })
  ],
  [
    "an event whose number was used before is left out, whichever delivery brings it",
    (journal) =>
      Effect.gen(function* () {
        for (const delivery of ["together", "one by one"] as const) {
          const one = journal(delivery)
          yield* one.apply([append(1, 2), append(2, 3), append(1, 1)], delivery)
          yield* one.expect(`after appends that overlap, ${delivery}`, [1, 2, 3], 3)
        }
      })
  ],
  [
    "a purge forgets the journal, and the next append begins another",
    (journal) =>
      Effect.gen(function* () {
        for (const delivery of ["together", "one by one"] as const) {
          const one = journal(delivery)
          yield* one.apply([append(1, 5), remove(2)], delivery)
          yield* one.apply([purge], delivery)
          yield* one.expect("after the purge", [], undefined)
          yield* one.apply([append(2, 3), purge, append(1, 1)], delivery)
          yield* one.expect("after another begins", [1], 1)
        }
      })
  ],
  [
    "journals beside one another do not mix",
    (journal) =>
      Effect.gen(function* () {
        const [one, other] = [journal("one"), journal("other")]
        yield* one.apply([append(1, 3)])
        yield* other.apply([append(1, 2)])
        yield* one.apply([remove(3)])
        yield* other.expect("beside a deleted journal", [1, 2], 2)
        yield* one.apply([purge])
        yield* other.expect("beside a purged journal", [1, 2], 2)
      })
  ]
]

/**
 * What every store gives together with the replicator's plans: claims about whole journals, where `journalStoreContract`
 * is about single steps.
 *
 * **Details**
 *
 * `make` gives each case a subject of its own; the store may be shared between cases, the topics may not.
 */
export const journalReplicationContract = <E>(
  make: Effect.Effect<JournalStoreSubject, E, Scope>
): ReadonlyArray<ContractCase> =>
  [...plain, ...beginning, ...stories].map(([name, run]) => ({
    name,
    run: Effect.flatMap(make, ({ store, topic }) => run((id) => new ReplicatedJournal(store, { topic, id })))
  }))
