import * as Effect from "effect/Effect"
import { expectEqual } from "./ContractViolation.ts"
import { dyingStore, failingStore } from "./JournalHazardFaults.ts"
import type { Failing } from "./JournalHazardFaults.ts"
import type { HazardWorld, Run } from "./JournalHazardWorld.ts"

/** A claim about a world of its own. */
export type HazardClaim = readonly [name: string, run: (world: HazardWorld) => Run]

/** What is in the store already, and the records that come with the next page of the log. */
type Page = readonly [name: string, before: string, page: string]

const pages: ReadonlyArray<Page> = [
  ["H2. a record of several events", "a1", "a2-4"],
  ["a journal that begins", "", "a1-3 a4"],
  ["a journal that goes on", "a1-2", "a3-4 a5"],
  ["two deletes, the second lower, around an append", "a1-5", "d3 a6 d2"],
  ["a delete that follows another", "a1-4 d2", "d4"],
  ["a purge", "a1-4", "purge"],
  ["a purge and a beginning by a delete", "a1-4 d1", "purge d2 a2-4"],
  ["a purge and another, and appends between them", "a1-3", "a4 purge a2-3 d9 a5 purge a1-2"],
  ["a beginning, a purge and another beginning", "", "d3 a4-5 a5 purge a1 a1-2"]
]

/** Kills a replicator after each row that it writes in turn, and looks at the journal before and after the next one. */
const killed = ([name, before, page]: Page): HazardClaim => [
  `crash. ${name}: whichever write was a replicator's last, readers are told the log's truth, and the next one leaves what one alone would have left`,
  (world) =>
    Effect.gen(function* () {
      const { store } = world.subject
      const beside = world.journal()
      for (let writes = 0, died = true; died; writes++) {
        const what = `after ${writes} writes of a replicator that died`
        const journal = world.journal()
        yield* journal.write(before)
        yield* beside.write("a+")
        yield* world.replicate()
        yield* journal.write(page)
        yield* beside.write("a+")
        const dying = dyingStore(store, writes)
        died = yield* Effect.raceFirst(Effect.as(world.replicate(dying.store), false), Effect.as(dying.died, true))
        yield* journal.expectRead(what)
        yield* beside.expectRead(`beside it ${what}`)
        yield* world.replicate()
        yield* journal.expectRead(`by the next one, ${what}`)
        yield* journal.expectStored(`by the next one, ${what}`)
        yield* beside.expectStored(`beside it by the next one, ${what}`)
      }
    })
]

/** Has each write fail once in turn; the same replicator goes on. */
const failed = (how: Failing, [name, before, page]: Page): HazardClaim => [
  `failure. ${name}: whichever write fails once (${how}), the store has what it would have had`,
  (world) =>
    Effect.gen(function* () {
      const { store } = world.subject
      let writes = 0
      for (let came = true; came;) {
        const what = `after write ${++writes} failed once`
        const journal = world.journal()
        yield* journal.write(before)
        yield* world.replicate()
        yield* journal.write(page)
        const failing = failingStore(store, writes, how)
        yield* world.replicate(failing.store)
        came = failing.failed()
        yield* journal.expectRead(what)
        yield* journal.expectStored(what)
      }
      yield* expectEqual("whether a replicator has written at all", writes > 1, true)
    })
]

const mixed = pages.filter(([, before, page]) => page.includes("d") && page.includes("a") && before !== "")

/** Crashes and failures at each boundary of a batch's writes. */
export const crashClaims: ReadonlyArray<HazardClaim> = [
  ...pages.map(killed),
  ...mixed.flatMap((page) => [failed("answer lost", page), failed("not done", page)])
]
