import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { CommitLogError } from "../index.ts"
import type { CommitLog } from "../index.ts"
import { expectEqual } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { plainLog } from "./JournalHazardFaults.ts"
import { countingPass, differentIn, lastWritePass, openThrough, sleepingPass } from "./JournalHazardRequests.ts"
import type { JournalHazardSubject, StoreRequest } from "./JournalHazardSubject.ts"
import { HazardWorld } from "./JournalHazardWorld.ts"

/**
 * What two replicators of one partition meet: `before` is in the store; the first is at work on `page` when it falls asleep;
 * its successor, which has `later`, too, falls asleep in the middle of that, and the first wakes. With `isTrimmed` the log
 * has lost what is before `later` when the successor comes.
 */
interface Race {
  readonly before: string
  readonly page: string
  readonly later: string
  readonly isTrimmed: boolean
}

const race = (before: string, page: string, later: string, isTrimmed = false): Race => ({
  before,
  page,
  later,
  isTrimmed
})

const races: ReadonlyArray<Race> = [
  race("", "a1-2", "purge a1"),
  race("", "a1-2", "a3 d2 purge"),
  race("", "d2 a3", "purge d1 a2"),
  race("a1-3", "a4", "d4 purge a1-2"),
  race("a1-4", "d2 a5", "purge purge a1"),
  race("a1-3", "purge a1-2", "a3 purge a1"),
  race("", "a1-2", "purge", true),
  race("", "a1-2", "purge a1", true)
]

/** A log, and where it begins once it is trimmed; what it then has no more cannot be read. */
const trimmable = (): { readonly log: CommitLog; readonly trim: (start: number) => void } => {
  const log = plainLog()
  let logStart = 0
  return {
    trim: (start) => (logStart = start),
    log: {
      ...log,
      read: (request) => {
        const { offset, partition, topic } = request
        if (offset >= logStart) return Effect.map(log.read(request), (page) => ({ ...page, logStart }))
        const message = `${topic}-${partition} has no record ${offset} any more: read from ${logStart} on.`
        const place = { topic, partition, offset, logStart }
        return Effect.fail(new CommitLogError({ reason: "OffsetOutOfRange", operation: "read", ...place, message }))
      }
    }
  }
}

const isWrite = ({ writes }: StoreRequest): boolean => writes

/** What becomes of the two: the first one comes to its end, or dies at its next write; the successor dies where it sleeps, or wakes. */
const fates = ["the successor dies", "both go on", "the first dies with that write"] as const

/** Before which of their writes the two fall asleep, counted from 1, and what becomes of them when the first one has waked. */
interface Sleepers {
  readonly first: number
  readonly successor: number
  readonly fate: (typeof fates)[number]
}

/** A world in which `before` is replicated and `page` is written; what is written later may be all that the log then has. */
const begun = Effect.fnUntraced(function* (subject: JournalHazardSubject, topic: string, { before, page }: Race) {
  const { log, trim } = trimmable()
  const world = new HazardWorld({ ...subject, topic, log }, 1)
  const journal = world.journal()
  yield* journal.write(before)
  if (before !== "") yield* world.replicate()
  yield* journal.write(page)
  const writeLater = ({ isTrimmed, later }: Race) =>
    Effect.suspend(() => {
      if (isTrimmed) trim(world.end)
      return journal.write(later)
    })
  return { world, journal, writeLater }
})

/** Before which of its writes, counted from 1, each of the two falls asleep: of those that are alike the first. */
const placesOf = Effect.fnUntraced(function* (subject: JournalHazardSubject, topic: string, given: Race) {
  const count = (name: string, isLate: boolean) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { world, writeLater } = yield* begun(subject, `${topic}-${name}`, given)
        const counting = countingPass()
        const store = yield* openThrough(subject, counting.pass)
        if (isLate) yield* writeLater(given)
        yield* world.replicate(store)
        return differentIn(counting.seen.filter(isWrite)).map((at) => at + 1)
      })
    )
  return { first: yield* count("first", false), successor: yield* count("successor", true) }
})

const run = Effect.fnUntraced(function* (
  subject: JournalHazardSubject,
  topic: string,
  given: Race,
  { fate, first: place, successor: otherPlace }: Sleepers
) {
  const { fencesHeads = true, store } = subject
  const { journal, world, writeLater } = yield* begun(subject, topic, given)
  const what =
    `after a replicator slept before write ${place}, and its successor before write ${otherPlace}, and then ` + fate
  const late =
    fate === "the first dies with that write"
      ? lastWritePass(place)
      : { ...sleepingPass(place, isWrite), died: Effect.never }
  let isAwake = false
  const begunAgain = Deferred.makeUnsafe<void>()
  const first = yield* world.worker(yield* openThrough(subject, late.pass), (event) => {
    if (isAwake && event._tag === "Resumed") Deferred.doneUnsafe(begunAgain, Effect.void)
  })
  yield* Effect.raceFirst(first.done, late.stop.reached)

  yield* writeLater(given)
  const halfway = sleepingPass(otherPlace, isWrite)
  const successor = yield* world.worker(yield* openThrough(subject, halfway.pass))
  yield* Effect.raceFirst(successor.done, halfway.stop.reached)
  isAwake = true
  yield* late.stop.release
  // It comes to its end, or dies, or is fenced; what it is to begin with again may be gone from the log.
  yield* Effect.raceFirst(first.done, Effect.raceFirst(late.died, Deferred.await(begunAgain)))
  const isTold = fencesHeads && !given.isTrimmed
  if (isTold) {
    const pointer = (yield* store.pointer(topic, 0)) ?? -1
    yield* journal.expectShown(`${what}, once the first was awake`, pointer + 1)
    yield* journal.expectRead(`${what}, once the first was awake`)
  }
  if (fate !== "the successor dies") {
    yield* halfway.stop.release
    yield* successor.done
    if (isTold) yield* journal.expectRead(`${what}, once the successor had come to its end`)
  }
  if (fencesHeads) yield* world.replicate()
  else yield* world.replicateAgain(0, [journal])
  yield* expectEqual(`the pointer ${what}`, yield* store.pointer(topic, 0), world.end - 1)
  yield* journal.expectRead(what)
  yield* journal.write("a+")
  yield* world.replicate()
  yield* journal.expectRead(`${what}, and one event more was replicated`)
}, Effect.scoped)

/** How many pairs of replicators there are beside one another. */
const atOnce = 8

const raced = (meeting: Race, nth: number): HazardClaim => {
  const { before, isTrimmed, later, page } = meeting
  const log = isTrimmed ? `, when the log has lost what was before "${later}"` : ""
  return [
    `H11. a replicator that sleeps at any write of "${page}" on "${before}", and wakes while its successor is at any write up to "${later}"${log}, changes nothing that readers see`,
    ({ subject: given }) =>
      Effect.gen(function* () {
        const { fencesHeads = true } = given
        // Who sleeps within a transaction holds the pointer, and everybody else waits for it.
        const subject = given.store.atomic ? Struct.omit(given, ["openThrough"]) : given
        // What a store shows whose log has lost records, and that cannot tell who is late, nobody can say.
        if (isTrimmed && !fencesHeads) return
        const name = `${subject.topic}-races-${nth}`
        const places = yield* placesOf(subject, name, meeting)
        const cases = fates.flatMap((fate) =>
          places.first.flatMap((first) => places.successor.map((successor) => ({ fate, first, successor })))
        )
        yield* expectEqual("whether there was anything to write", cases.length > 0, true)
        yield* Effect.forEach(
          cases,
          (each) => run(subject, `${name}-${each.first}-${each.successor}-${fates.indexOf(each.fate)}`, meeting, each),
          { concurrency: atOnce, discard: true }
        )
      })
  ]
}

/** What a replicator writes that wakes while its successor is in the middle of its own writes. */
export const raceClaims: ReadonlyArray<HazardClaim> = races.map(raced)
