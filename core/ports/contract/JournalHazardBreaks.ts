import * as Effect from "effect/Effect"
import { expectEqual } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { pagedLog, plainLog } from "./JournalHazardFaults.ts"
import { countingPass, differentIn, dyingPass, openThrough, sleepingPass } from "./JournalHazardRequests.ts"
import type { JournalHazardSubject } from "./JournalHazardSubject.ts"
import { HazardWorld } from "./JournalHazardWorld.ts"
import type { HazardJournal } from "./JournalHazardWorld.ts"

/**
 * The records of one log, each with its journal: the first grows by more events than go into one request, is cut, purged
 * and begun again; the second has an event that is larger than what some databases take at once; the third comes and goes.
 */
const story: ReadonlyArray<readonly [journal: number, deed: string]> = [
  [0, "a1-2"],
  [1, "a1*420000"],
  [0, "a3-30"],
  [0, "d4"],
  [0, "purge"],
  [0, "a1-5"],
  [0, "d1"],
  [1, "d1"],
  [2, "a1"],
  [1, "a2-5"],
  [2, "purge"]
]

/** How many records a replicator takes at a time, and how many the one after it: the log may be cut elsewhere then. */
type Pages = readonly [first: number, second: number]

/** The story in a log and a topic of their own. */
const told = Effect.fnUntraced(function* (subject: JournalHazardSubject, topic: string) {
  const world = new HazardWorld({ ...subject, topic, log: plainLog() }, 1)
  const journals = [world.journal(), world.journal(), world.journal()]
  for (const [at, deed] of story) yield* journals[at]?.write(deed) ?? Effect.void
  return { world, journals }
})

/** Asserts that everything is replicated, and that the store has it. */
const expectReplicated = Effect.fnUntraced(function* (
  what: string,
  world: HazardWorld,
  journals: ReadonlyArray<HazardJournal>
) {
  const { store, topic } = world.subject
  yield* expectEqual(`the pointer ${what}`, yield* store.pointer(topic, 0), world.end - 1)
  for (const journal of journals) {
    yield* journal.expectRead(what)
    yield* journal.expectStored(what)
  }
})

/** What an undisturbed replicator asks of the database for the story. */
const requestsOf = Effect.fnUntraced(function* (subject: JournalHazardSubject, topic: string, size: number) {
  const { journals, world } = yield* told(subject, topic)
  const counting = countingPass()
  yield* world.replicate(yield* openThrough(subject, counting.pass), pagedLog(world.subject.log, size))
  yield* expectReplicated("without a fault", world, journals)
  return counting.seen
}, Effect.scoped)

/** A replicator dies after so many requests that change something, and another one goes on. */
const dies = Effect.fnUntraced(function* (
  subject: JournalHazardSubject,
  topic: string,
  [first, second]: Pages,
  writes: number
) {
  const { journals, world } = yield* told(subject, topic)
  const { log, store } = world.subject
  const what = `after ${writes} requests of a replicator that died`
  const dying = dyingPass(writes)
  const mortal = world.replicate(yield* openThrough(subject, dying.pass), pagedLog(log, first))
  yield* Effect.raceFirst(mortal, dying.died)
  const pointer = (yield* store.pointer(topic, 0)) ?? -1
  for (const journal of journals) {
    yield* journal.expectShown(what, pointer + 1)
    yield* journal.expectRead(what)
  }
  yield* world.replicate(store, pagedLog(log, second))
  yield* expectReplicated(`by the next one, ${what}`, world, journals)
}, Effect.scoped)

/** How many replicators die, or sleep, beside one another. */
const atOnce = 8

const killed = (pages: Pages): HazardClaim => [
  `crash. whichever request to the database was a replicator's last, the store shows what was true once, and the next one leaves nothing over: pages of ${pages.join(", then of ")} records`,
  ({ subject }) =>
    Effect.gen(function* () {
      const name = `${subject.topic}-dies-${pages.join("-")}`
      const requests = yield* requestsOf(subject, `${name}-whole`, pages[0])
      const points = differentIn(requests.filter(({ writes }) => writes))
      yield* expectEqual("whether a replicator has written at all", points.length > 0, true)
      yield* Effect.forEach(points, (at) => dies(subject, `${name}-${at}`, pages, at), {
        concurrency: atOnce,
        discard: true
      })
      if (subject.contents === undefined) return
      const contents = yield* subject.contents
      const whole = contents.get(`${name}-whole`) ?? []
      yield* expectEqual("whether the database has anything of the story", whole.length > 0, true)
      for (const at of points) {
        const left = contents.get(`${name}-${at}`)
        yield* expectEqual(`what is in the database after ${at} requests of a replicator that died`, left, whole)
      }
    })
]

/** A replicator sleeps before its `nth` request while another goes on to the end, and then goes on itself. */
const sleeps = Effect.fnUntraced(function* (
  subject: JournalHazardSubject,
  topic: string,
  [first, second]: Pages,
  nth: number
) {
  const { journals, world } = yield* told(subject, topic)
  const { log, store } = world.subject
  const sleeping = sleepingPass(nth)
  const sleepy = yield* openThrough(subject, sleeping.pass)
  const sleeper = yield* world.worker(sleepy, undefined, pagedLog(log, first))
  yield* Effect.raceFirst(sleeper.done, sleeping.stop.reached)
  yield* world.replicate(store, pagedLog(log, second))
  yield* sleeping.stop.release
  yield* sleeper.done
  const what = `after a replicator slept before request ${nth}`
  yield* expectEqual(`the pointer ${what}`, yield* store.pointer(topic, 0), world.end - 1)
  for (const journal of journals) yield* journal.expectRead(what)
}, Effect.scoped)

const slept = (pages: Pages): HazardClaim => [
  `H11. a replicator that sleeps at any request to the database, while another goes on to the end, changes nothing that readers see: pages of ${pages.join(", and of ")} records`,
  ({ subject }) =>
    Effect.gen(function* () {
      const { fencesHeads = true, store } = subject
      if (store.atomic || !fencesHeads) return
      const name = `${subject.topic}-sleeps-${pages.join("-")}`
      const requests = yield* requestsOf(subject, `${name}-whole`, pages[0])
      yield* Effect.forEach(differentIn(requests), (at) => sleeps(subject, `${name}-${at}`, pages, at + 1), {
        concurrency: atOnce,
        discard: true
      })
    })
]

/** Crashes and sleep between any two requests of a store to its database. */
export const breakClaims: ReadonlyArray<HazardClaim> = [killed([4, 5]), killed([11, 4]), slept([4, 5]), slept([5, 2])]
