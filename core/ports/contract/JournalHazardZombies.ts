import * as Effect from "effect/Effect"
import { expectEqual } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { holdingStore } from "./JournalHazardFaults.ts"
import type { HazardWorld } from "./JournalHazardWorld.ts"

/** What is in the store, and what a replicator is about to write when it falls asleep. */
type Asleep = readonly [before: string, page: string]

const asleep: ReadonlyArray<Asleep> = [
  ["", "a1-2"],
  ["", "d2 a3"],
  ["a1-3", "a4-5"],
  ["a1-5", "d3"],
  ["a1-5", "a6 d4"],
  ["a1-3", "purge"],
  ["a1-3", "purge a1-2"]
]

/** What its successor replicates meanwhile, after that page. */
const meanwhile: ReadonlyArray<string> = [
  "",
  "a+",
  "d+",
  "purge",
  "purge a1",
  "purge a1-9 d8",
  "purge d2 a3 a6",
  "a+ purge a1-2 a3-6"
]

/**
 * One replicator sleeps before its `nth` write while another goes on, and then writes. Answers whether it had so many to
 * write.
 */
const sleepAndWake = Effect.fnUntraced(function* (
  world: HazardWorld,
  [before, page]: Asleep,
  later: string,
  nth: number
) {
  const { fencesHeads = true, reopen, store, topic } = world.subject
  const what = `after a replicator slept before write ${nth} of "${page}" on "${before}", while "${later}" was replicated`
  const journal = world.journal()
  yield* world.journal().write("a1")
  const beginning = world.end
  yield* journal.write(before)
  yield* world.replicate()
  yield* journal.write(page)
  const late = holdingStore(reopen === undefined ? store : yield* reopen, nth)
  const sleeper = yield* world.worker(late.store)
  const slept = yield* Effect.raceFirst(Effect.as(sleeper.done, false), Effect.as(late.stop.reached, true))
  if (!slept) return false

  yield* journal.write(later)
  yield* world.replicate()
  yield* journal.expectRead(`${what}, while it slept`)
  const pointer = yield* store.pointer(topic, 0)
  yield* late.stop.release
  // It is fenced, at the latest at the pointer, and sees then that all is done. One that is not believes to have done it.
  yield* sleeper.done
  yield* expectEqual(`the pointer ${what}`, yield* store.pointer(topic, 0), pointer)
  if (!fencesHeads) yield* world.replicateAgain(beginning, [journal])
  yield* journal.expectRead(what)
  yield* journal.write("a+")
  yield* world.replicate()
  yield* journal.expectRead(`${what}, and one event more was replicated`)
  return true
}, Effect.scoped)

const replaced = (place: Asleep): HazardClaim => {
  const [before, page] = place
  return [
    `H11. a replicator that was replaced and did not notice, about to write "${page}" on "${before}", changes nothing that readers see, whatever its successor has replicated`,
    (world) =>
      Effect.forEach(
        meanwhile,
        (later) =>
          Effect.gen(function* () {
            let nth = 1
            while (yield* sleepAndWake(world, place, later, nth)) nth++
            yield* expectEqual(`whether a replicator had anything to write of "${page}"`, nth > 1, true)
          }),
        { discard: true }
      )
  ]
}

/** Two that know nothing of each other, all the time. */
const together: HazardClaim = [
  "H11. two replicators of one partition at once leave the log's truth, however their writes fall",
  (world) =>
    Effect.gen(function* () {
      const { fencesHeads = true, reopen, store } = world.subject
      yield* world.journal().write("a1")
      yield* world.replicate()
      const beginning = world.end
      const journals = Array.from({ length: 5 }, () => world.journal())
      for (const story of ["a1-3", "a4 d2", "purge a1-2", "d1 a+", "a+ purge", "d3 a+ a+", "a+"]) {
        for (const journal of journals) yield* journal.write(story)
        const other = reopen === undefined ? store : yield* reopen
        const both = [world.worker(store), world.worker(other)]
        yield* Effect.scoped(
          Effect.flatMap(Effect.all(both, { concurrency: 2 }), (workers) =>
            Effect.forEach(workers, ({ done }) => done, { concurrency: 2, discard: true })
          )
        )
      }
      if (!fencesHeads) yield* world.replicateAgain(beginning, journals)
      for (const journal of journals) yield* journal.expectRead("after two replicators")
    })
]

/** What a replicator writes that somebody else has replaced. */
export const zombieClaims: ReadonlyArray<HazardClaim> = [...asleep.map(replaced), together]
