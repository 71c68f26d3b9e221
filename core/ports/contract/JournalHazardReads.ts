import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { JournalError } from "../../journal/index.ts"
import type { EventRecord } from "../index.ts"
import { ContractViolation, expectEqual } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { dyingStore, hesitatingStore } from "./JournalHazardFaults.ts"
import { namesOf } from "./JournalHazardStory.ts"
import type { HazardJournal, HazardWorld } from "./JournalHazardWorld.ts"

/** What is replicated while a reader waits for an answer of the store. */
const meanwhile: ReadonlyArray<string> = ["a+ a+", "d3", "d+ a+", "purge", "purge a1-2", "purge d2 a3-5"]

/**
 * Asserts that what a reader was told is the journal as it was after some record from an offset on, or that it was told
 * that the journal has changed.
 */
const expectOneJournal = (
  what: string,
  journal: HazardJournal,
  from: number,
  told: { readonly events: ReadonlyArray<EventRecord>; readonly error: JournalError | undefined }
): Effect.Effect<void, ContractViolation | JournalError> => {
  const { error } = told
  if (error !== undefined) return error.reason === "Changed" ? Effect.void : Effect.fail(error)
  const truths = journal.truthsFrom(from).map(({ events }) => namesOf(events))
  const names = namesOf(told.events)
  const expected = truths.map((truth) => `[${truth}]`).join(" or ")
  return truths.includes(names)
    ? Effect.void
    : Effect.fail(new ContractViolation({ what: `what is read ${what}`, expected, actual: `[${names}]` }))
}

/** Reads all events; `between` runs after each page. */
const readPages = Effect.fnUntraced(function* (
  journal: HazardJournal,
  store = journal.world.subject.store,
  between: (pages: number) => Effect.Effect<void, unknown> = () => Effect.void
) {
  const events: Array<EventRecord> = []
  let pages = 0
  const read = Stream.runForEachArray(journal.open(store).read(), (page) => {
    for (const { expireAfter: _, metadata: __, ...event } of page) {
      events.push({ ...event, metadata: { header: undefined, payload: undefined, expireAfter: undefined } })
    }
    return Effect.orDie(between(++pages))
  })
  const error = yield* Effect.match(read, { onSuccess: () => undefined, onFailure: (failure) => failure })
  return { events, error, pages }
})

/** A reader waits for its `nth` answer, while a replicator writes so much and dies. Tells who had come to an end before. */
const hesitate = Effect.fnUntraced(function* (world: HazardWorld, later: string, nth: number, writes: number) {
  const { store } = world.subject
  const what = `by one who waited for answer ${nth}, while a replicator did ${writes} writes of "${later}"`
  const journal = world.journal()
  yield* journal.write("a1-3 a4 a5-6")
  yield* world.replicate()
  const from = world.end
  const slow = hesitatingStore(store, nth)
  const reading = yield* Effect.forkChild(readPages(journal, slow.store))
  const waits = yield* Effect.raceFirst(Effect.as(slow.stop.reached, true), Effect.as(Fiber.await(reading), false))
  if (!waits) return "the reader"
  yield* journal.write(later)
  const dying = dyingStore(store, writes)
  const died = yield* Effect.raceFirst(Effect.as(world.replicate(dying.store), false), Effect.as(dying.died, true))
  yield* slow.stop.release
  yield* expectOneJournal(what, journal, from, yield* Fiber.join(reading))
  yield* journal.expectRead(`after a read ${what}`)
  yield* world.replicate()
  return died ? "nobody" : "the replicator"
})

const hesitant = (later: string): HazardClaim => [
  `H12. a read during which "${later}" is copied to the store gives one journal, or says that it has changed`,
  (world) =>
    Effect.gen(function* () {
      let answers = 0
      for (let isReading = true; isReading;) {
        const nth = ++answers
        for (let writes = 0; ; writes++) {
          const ended = yield* hesitate(world, later, nth, writes)
          isReading = ended !== "the reader"
          if (ended !== "nobody") break
        }
      }
      yield* expectEqual("whether a reader has asked the store for anything", answers > 1, true)
    })
]

/** More than one page of a recovery, which has 1000 events. */
const long = 1100

/** Has a second page read while something is replicated between it and the first. */
const longRead = (name: string, later: string): HazardClaim => [
  `H12. a long read between whose pages ${name} gives one journal, or says that it has changed`,
  (world) =>
    Effect.gen(function* () {
      const journal = world.journal()
      yield* journal.write(`a1-600 a601-${long}`)
      yield* world.replicate()
      const from = world.end
      const told = yield* readPages(journal, undefined, (pages) =>
        pages === 1 ? Effect.andThen(journal.write(later), world.replicate()) : Effect.void
      )
      yield* expectOneJournal(`while "${later}" was replicated`, journal, from, told)
      yield* expectEqual("whether there were pages", told.pages > 1 || told.error !== undefined, true)
      const after = yield* readPages(journal)
      yield* expectEqual(`what is read after "${later}"`, namesOf(after.events), namesOf(journal.truth.events))
    })
]

/** What a reader is told while the store goes on. */
export const readClaims: ReadonlyArray<HazardClaim> = [
  ...meanwhile.map(hesitant),
  longRead("events are appended", `a${long + 1}-${long + 5}`),
  longRead("the events that were read are deleted", "d500"),
  longRead("events that were not read yet are deleted", `d${long - 50}`),
  longRead("the journal is purged", "purge"),
  longRead("the journal is purged and begun again", `purge a1-600 a601-${long}`)
]
