import * as Effect from "effect/Effect"
import { expectEqual } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { headOf } from "./JournalStoreSubject.ts"

/** A claim about a story whose words may be replicated in any portions; `shows` are the numbers that are read at its end. */
type Story = readonly [name: string, words: string, shows: string]

const stories: ReadonlyArray<Story> = [
  [
    "H1. after a purge and an append, the events of before are gone and the new ones are there",
    "a1-3 a4-5 purge a1-2",
    "1 2"
  ],
  ["H7. a late append of lower numbers does not take the last number back", "a1-5 a2-3 a+", "1 2 3 4 5 6"],
  ["H8. a lower delete does not take an earlier one back", "a1-7 d4 d2", "5 6 7"],
  ["H8. nor does one that a foreign producer has sent late", "a1-4 d4 a5-6 d1 d3", "5 6"],
  ["H9. of two events of one number and one millisecond the first counts", "a1-2 a2-3 a1 a3-4", "1 2 3 4"],
  [
    "H13. a journal that begins by a delete is an incarnation of its own, and shows nothing of an earlier one",
    "a1-5 purge d2 a3 a5",
    "3 5"
  ],
  ["H15. a lower delete hides no event, nor one that is appended later", "a1-7 d4 d2 a+ a+", "5 6 7 8 9"],
  ["H16. a delete before any append spends the numbers up to it", "d4 a2-3 a5", "5"]
]

const told = ([name, words, shows]: Story): HazardClaim => [
  `${name}, told alike before, during and after replication`,
  (world) =>
    Effect.gen(function* () {
      const { store } = world.subject
      const heads = yield* world.heads
      const deeds = words.split(" ")
      for (let replicated = 0; replicated <= deeds.length; replicated++) {
        const journal = world.journal()
        const what = `with the first ${replicated} records of "${words}" replicated`
        const [first, rest] = [deeds.slice(0, replicated), deeds.slice(replicated)]
        yield* journal.write(first.join(" "))
        if (replicated > 0) yield* world.replicate()
        yield* journal.write(rest.join(" "))
        yield* journal.expectRead(what)
        yield* journal.expectCached(what, heads)
        const numbers = journal.truth.events.map(({ seqNr }) => seqNr).join(" ")
        yield* expectEqual(`the numbers at the end of "${words}"`, numbers, shows)
        yield* world.replicate()
        yield* journal.expectRead(`${what}, and then the others`)
        yield* journal.expectStored(`${what}, and then the others`)
      }

      const journal = world.journal()
      const names = new Set<string>()
      let [name, deleteTo] = ["", 0]
      for (const deed of deeds) {
        const what = `after "${deed}" of "${words}"`
        yield* journal.write(deed)
        yield* journal.expectRead(`${what}, before its replication`)
        yield* world.replicate()
        yield* journal.expectRead(`${what}, which is replicated`)
        yield* journal.expectCached(`${what}, which is replicated`, heads)
        const head = yield* headOf(store, journal.key)
        if (head === undefined) {
          names.add(name)
          name = ""
          deleteTo = 0
          continue
        }
        yield* expectEqual(`whether an incarnation has a name of its own ${what}`, names.has(head.recordId), false)
        yield* expectEqual(`whether it has a name ${what}`, head.recordId !== "", true)
        if (name !== "") yield* expectEqual(`the name of the incarnation ${what}`, head.recordId, name)
        name = head.recordId
        yield* expectEqual(`whether the deletes of before are kept ${what}`, head.deleteTo >= deleteTo, true)
        deleteTo = head.deleteTo
      }
    })
]

/** Gaps of every place and width up to 12, which are more than the smallest segments have. */
const gaps: HazardClaim = [
  "H3. events behind gaps in the numbers are read, wherever the gaps begin and end",
  (world) =>
    Effect.gen(function* () {
      const { store, widestGap = Infinity } = world.subject
      const journals = [1, 2, 3, 4].flatMap((first) =>
        Array.from({ length: 12 }, (_, at) => ({ journal: world.journal(), first, next: first + 1 + at }))
      )
      for (const { first, journal, next } of journals) {
        if (next - first - 1 > widestGap) continue
        const far = Math.min(next + 1 + widestGap, 40)
        yield* journal.write(`a${first} a${next}-${next + 1} a${Math.max(far, next + 2)}`)
      }
      yield* world.replicate()
      for (const { first, journal, next } of journals) {
        const what = `with gaps from ${first} to ${next}, and behind ${next + 1}`
        yield* journal.expectRead(what)
        if (journal.actions.length === 0) continue
        yield* journal.expectStored(what)
        yield* journal.write(`d${first} a+`)
        yield* journal.expectRead(`${what}, and then a delete and an append`)
      }
      yield* world.replicate()
      for (const { first, journal, next } of journals) {
        const what = `with gaps from ${first} to ${next}, a delete and an append, all replicated`
        yield* journal.expectRead(what)
        const [head, last] = [yield* headOf(store, journal.key), journal.truth.state?.seqNr]
        yield* expectEqual(`the last number ${what}`, head?.seqNr, last)
      }
    })
]

/** The hazards that lie in what was written. */
export const storyClaims: ReadonlyArray<HazardClaim> = [...stories.map(told), gaps]
