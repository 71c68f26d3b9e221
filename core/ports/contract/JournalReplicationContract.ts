import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { planJournal } from "../../journal/index.ts"
import type { PlacedAction } from "../../journal/index.ts"
import type { EventRecord, JournalKey, JournalStore, JournalStoreError } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual } from "./ContractViolation.ts"
import type { ContractViolation } from "./ContractViolation.ts"
import type { JournalStoreSubject } from "./JournalStoreSubject.ts"
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
  readonly #written = new Map<number, EventRecord>()
  #offset = 0

  constructor(store: JournalStore, key: JournalKey) {
    this.#store = store
    this.#key = key
  }

  #place(kind: Kind): PlacedAction {
    const offset = this.#offset++
    const base = { offset, timestamp: someTime + offset, origin: "writer" }
    if (kind._tag === "Purge") this.#written.clear()
    if (kind._tag !== "Append") return { ...base, ...kind }
    const { from, to } = kind
    const events = Array.from({ length: to - from + 1 }, (_, at) => event(from + at, { partition, offset }))
    for (const one of events) if (!this.#written.has(one.seqNr)) this.#written.set(one.seqNr, one)
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

  #read(from: number): Effect.Effect<ReadonlyArray<EventRecord>, JournalStoreError> {
    return Effect.flatMap(this.#store.head(this.#key), (head) => {
      if (head === undefined) return Effect.succeed([])
      const range = { from: Math.max(from, head.deleteTo + 1), to: head.seqNr }
      return range.from > range.to ? Effect.succeed([]) : this.#store.events({ key: this.#key, ...range, limit: 1000 })
    })
  }

  /** Asserts that a reader from `from` on sees these events, each as it was first written. */
  expectRead(what: string, numbers: ReadonlyArray<number>, from = 1): Run {
    return Effect.gen({ self: this }, function* () {
      const events = yield* this.#read(from)
      const seqNrs = events.map(({ seqNr }) => seqNr)
      yield* expectEqual(`the numbers of the events ${what}`, seqNrs, numbers)
      const written = numbers.map((seqNr) => this.#written.get(seqNr))
      yield* expectEqual(`the events ${what}`, events, written)
    })
  }

  /** Asserts the last number in the head, and that its offset is the last action's; no `last`: that there is none. */
  expectPointer(what: string, last: number | undefined): Run {
    return Effect.flatMap(this.#store.head(this.#key), (head) => {
      const pointer = head === undefined ? undefined : { seqNr: head.seqNr, offset: head.offset }
      const expected = last === undefined ? undefined : { seqNr: last, offset: this.#offset - 1 }
      return expectEqual(`the last number and offset ${what}`, pointer, expected)
    })
  }

  /** Asserts the number in the head up to which there is nothing. */
  expectDeleted(what: string, to: number): Run {
    return Effect.flatMap(this.#store.head(this.#key), (head) =>
      expectEqual(`the number up to which there is nothing ${what}`, head?.deleteTo, to)
    )
  }

  expect(what: string, numbers: ReadonlyArray<number>, last: number | undefined): Run {
    return Effect.andThen(this.expectRead(what, numbers), this.expectPointer(what, last))
  }
}

const upTo = (from: number, size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, at) => from + at)

/** A plain journal: `size` events from `first` to `last`, in a delivery. */
interface Shape {
  readonly first: number
  readonly size: number
  readonly last: number
  readonly delivery: Delivery
}

/** Every first number, size and delivery that the claims about plain journals are held against. */
const shapes: ReadonlyArray<Shape> = [1, 5, 10].flatMap((first) =>
  [0, 1, 2, 5, 10].flatMap((size) =>
    (["together", "one by one"] as const).map((delivery) => ({ first, size, last: first + size - 1, delivery }))
  )
)

type Story = readonly [name: string, run: (journal: (id: string) => ReplicatedJournal) => Run]

/** A claim about plain journals; `run` gets a maker of journals that hold the shape's events already. */
const perShape = (
  name: string,
  run: (opened: (id: string) => Effect.Effect<ReplicatedJournal, JournalStoreError>, shape: Shape) => Run
): ReadonlyArray<Story> =>
  shapes.map((shape) => [
    `${name}: ${shape.size} events from ${shape.first}, ${shape.delivery}`,
    (journal) =>
      run((id) => {
        const one = journal(id)
        return Effect.as(one.apply(appends(shape.first, shape.size), shape.delivery), one)
      }, shape)
  ])

const plain: ReadonlyArray<Story> = [
  ...perShape("84. what was appended is read", (opened, { first, size }) =>
    Effect.gen(function* () {
      const one = yield* opened("one")
      yield* one.expectRead("after the append", upTo(first, size))
    })
  ),
  ...perShape("85. one more append and five more continue the journal", (opened, { delivery, first, last, size }) =>
    Effect.gen(function* () {
      const one = yield* opened("one")
      yield* one.apply(appends(last + 1, 1), delivery)
      yield* one.expect("after one more", upTo(first, size + 1), last + 1)
      yield* one.apply(appends(last + 2, 5), delivery)
      yield* one.expect("after five more", upTo(first, size + 6), last + 6)
      yield* one.apply([append(last + 7, last + 11)], delivery)
      yield* one.expect("after five more in one record", upTo(first, size + 11), last + 11)
    })
  ),
  ...perShape(
    "86. a delete to each event leaves the rest, and the last number with the delete's offset",
    (opened, { first, last, size }) =>
      Effect.gen(function* () {
        const inTurn = yield* opened("in turn")
        for (const to of upTo(first, size)) {
          const one = yield* opened(`to ${to}`)
          for (const journal of [one, inTurn]) {
            yield* journal.apply([remove(to)])
            yield* journal.expect(`after a delete to ${to}`, upTo(to + 1, last - to), last)
          }
        }
      })
  ),
  ...perShape("87. an append after a delete continues the journal", (opened, { delivery, first, last, size }) =>
    Effect.gen(function* () {
      for (const to of upTo(first, size)) {
        const one = yield* opened(`to ${to}`)
        yield* one.apply([remove(to), ...appends(last + 1, 2)], delivery)
        yield* one.expect(`after a delete to ${to} and an append`, upTo(to + 1, last + 2 - to), last + 2)
      }
    })
  ),
  ...perShape(
    "88. a second delete to the last event changes nothing but the offset",
    (opened, { delivery, last, size }) =>
      Effect.gen(function* () {
        if (size === 0) return
        const one = yield* opened("one")
        yield* one.apply([remove(last)])
        yield* one.expect("after one delete", [], last)
        yield* one.apply([remove(last)])
        yield* one.expect("after a second delete", [], last)
        const other = yield* opened("other")
        yield* other.apply([remove(last), remove(last)], delivery)
        yield* other.expect("after two deletes", [], last)
      })
  ),
  ...perShape("89. a read begins at the number it is given", (opened, { first, last, size }) =>
    Effect.gen(function* () {
      const one = yield* opened("one")
      for (const from of [1, ...upTo(first, size), last + 1, last + 2, greatest]) {
        const rest = upTo(first, size).filter((seqNr) => seqNr >= from)
        yield* one.expectRead(`from ${from}`, rest, from)
      }
    })
  ),
  ...perShape("90. the pointer is the last number and its record's offset", (opened, { last, size }) =>
    Effect.gen(function* () {
      const one = yield* opened("one")
      yield* one.expectPointer("after the append", size === 0 ? undefined : last)
    })
  )
]

const beginning: ReadonlyArray<Story> = [1, 2, 5].flatMap((to): ReadonlyArray<Story> => [
  [
    `92. a delete to ${to} of a journal that does not exist begins it there`,
    (journal) =>
      Effect.gen(function* () {
        const one = journal("one")
        yield* one.apply([remove(to)])
        yield* one.expect("after the delete", [], to)
      })
  ],
  [
    `93. what is appended after a delete to ${to} of a journal that does not exist is read`,
    (journal) =>
      Effect.gen(function* () {
        for (const delivery of ["together", "one by one"] as const) {
          const one = journal(delivery)
          yield* one.apply([remove(to), append(to + 1, to + 1)], delivery)
          yield* one.expect(`after the append, ${delivery}`, [to + 1], to + 1)
        }
      })
  ]
])

const stories: ReadonlyArray<Story> = [
  [
    "94. deletes between appends are clamped to the last event and never taken back",
    (journal) =>
      Effect.gen(function* () {
        const one = journal("one")
        yield* one.apply([remove(2)])
        yield* one.expect("after a delete of nothing", [], 2)
        yield* one.apply([append(3, 3)])
        yield* one.expect("after the first append", [3], 3)
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
    "95. a journal may begin at any number, and its head says at which",
    (journal) =>
      Effect.gen(function* () {
        for (const delivery of ["together", "one by one"] as const) {
          const one = journal(delivery)
          yield* one.apply([append(5, 6), append(7, 7)], delivery)
          yield* one.expect(`after the append, ${delivery}`, [5, 6, 7], 7)
          yield* one.expectDeleted(`after the append, ${delivery}`, 4)
          yield* one.apply([remove(3), append(8, 8)], delivery)
          yield* one.expect(`after a delete below its beginning, ${delivery}`, [5, 6, 7, 8], 8)
          yield* one.expectDeleted(`after a delete below its beginning, ${delivery}`, 4)
        }
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
 * `make` gives each case a subject of its own; the store may be shared between cases, the topics may not. Names that
 * begin with a number are scenarios of kafka-journal's own store specification.
 */
export const journalReplicationContract = <E>(
  make: Effect.Effect<JournalStoreSubject, E, Scope>
): ReadonlyArray<ContractCase> =>
  [...plain, ...beginning, ...stories].map(([name, run]) => ({
    name,
    run: Effect.flatMap(make, ({ store, topic }) => run((id) => new ReplicatedJournal(store, { topic, id })))
  }))
