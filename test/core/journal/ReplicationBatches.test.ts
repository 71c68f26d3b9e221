import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryStore } from "../../../adapters/memory/index.ts"
import { Replication } from "../../../core/journal/index.ts"
import { recordOf, topic } from "../../../core/scenarios/journal/JournalModel.ts"
import { numbers } from "./JournalWorld.ts"
import { PureLog, replicateTo } from "./PureJournal.ts"
import { deedsOf } from "./Words.ts"

const id = "order-1"

const logOf = (story: string): PureLog => {
  const log = new PureLog()
  for (const [at, deed] of deedsOf(story).entries()) log.append(recordOf(id, deed, `${at}`))
  return log
}

/** The rows and the head of a store: `3@2 4@3 | 2..4 @3` has events 3 and 4, of the records 2 and 3, and a head at 3. */
const describeStore = (store: ReturnType<typeof MemoryStore.make>): string => {
  const key = { topic, id }
  const rows = Effect.runSync(store.events({ key, from: 1, to: 20_000, limit: 1000 }))
  const head = Effect.runSync(store.head(key))
  const events = rows.map(({ offset, seqNr }) => `${seqNr}@${offset}`)
  return [...events, "|", head === undefined ? "none" : `${head.deleteTo}..${head.seqNr} @${head.offset}`].join(" ")
}

/**
 * Replicates a story up to each of these ends in turn, each time by a replicator that knows nothing but the store.
 */
const replicated = (log: PureLog, atomic: boolean, ends: ReadonlyArray<number>): string => {
  const store = MemoryStore.make({ atomic })
  for (const end of ends) replicateTo(Replication.replication, log, store, topic, end)
  return describeStore(store)
}

/**
 * What stands in the log, and what is in the store then. Where kafka-journal merges the actions of a poll into batches,
 * here a plan is made of them: what the two have in common is what comes of it.
 */
const examples: ReadonlyArray<readonly [story: string, store: string]> = [
  ["mark", "| none"],
  ["mark mark", "| none"],
  ["a1", "1@0 | 0..1 @0"],
  ["a1 mark", "1@0 | 0..1 @0"],
  ["mark a1", "1@1 | 0..1 @1"],
  ["a1 a2", "1@0 2@1 | 0..2 @1"],
  ["a1 mark a2", "1@0 2@2 | 0..2 @2"],
  ["a1-2 a3-4", "1@0 2@0 3@1 4@1 | 0..4 @1"],
  ["a5 a6", "5@0 6@1 | 4..6 @1"],
  ["a5 a7", "5@0 7@1 | 4..7 @1"],
  ["a5-6 d2", "5@0 6@0 | 4..6 @1"],
  ["a5-6 d5", "6@0 | 5..6 @1"],
  ["a5-6 d9", "| 6..6 @1"],
  ["a5-6 a2 a7", "5@0 6@0 7@2 | 4..7 @2"],
  ["a5 d4 a6", "5@0 6@2 | 4..6 @2"],
  ["a5 purge a3", "3@2 | 2..3 @2"],
  ["a3 purge a5-6 d5", "6@2 | 5..6 @3"],
  ["a5 purge a1", "1@2 | 0..1 @2"],
  ["a1 purge a10001 a10002", "10001@2 10002@3 | 10000..10002 @3"],
  ["d1", "| 1..1 @0"],
  ["d1 d2", "| 1..1 @1"],
  ["d2 d1", "| 2..2 @1"],
  ["d10 d6", "| 10..10 @1"],
  ["d1 mark d1", "| 1..1 @2"],
  ["a1 d1", "| 1..1 @1"],
  ["a1 d2", "| 1..1 @1"],
  ["a1 mark d1", "| 1..1 @2"],
  ["a1 a2 d1", "2@1 | 1..2 @2"],
  ["a1 a2 d2", "| 2..2 @2"],
  ["a1-2 d1", "2@0 | 1..2 @1"],
  ["a1 d1 a2", "2@2 | 1..2 @2"],
  ["a1 a2 d1 a3", "2@1 3@3 | 1..3 @3"],
  ["a1 a2 d1 a3 d3", "| 3..3 @4"],
  ["a1 a2 d1 a3 d3 a4", "4@5 | 3..4 @5"],
  ["a1 d1 a2 d2 a3 d3", "| 3..3 @5"],
  ["a1 a2 a3 d1 d2", "3@2 | 2..3 @4"],
  ["a1 a2 a3 d2 d1", "3@2 | 2..3 @4"],
  ["a1 a2 d1 d10", "| 2..2 @3"],
  ["a1 a2 d10 d1", "| 2..2 @3"],
  ["a1 d1 d1 a2", "2@3 | 1..2 @3"],
  ["a1-4 a5-6 d3 d6", "| 6..6 @3"],
  ["a1-4 a5-6 d3", "4@0 5@1 6@1 | 3..6 @2"],
  ["a1-4 d3 a5-6 d5", "6@2 | 5..6 @3"],
  ["a1-4 a5-6 d3 a7 d6", "7@3 | 6..7 @4"],
  ["purge", "| none"],
  ["purge purge", "| none"],
  ["a1 purge", "| none"],
  ["a1 a2 d1 purge", "| none"],
  ["d5 purge", "| none"],
  ["purge a1", "1@1 | 0..1 @1"],
  ["purge d3", "| 3..3 @1"],
  ["a1 purge a1", "1@2 | 0..1 @2"],
  ["a1 a2 purge a1", "1@3 | 0..1 @3"],
  ["a1 d1 purge a1 a2 d1", "2@4 | 1..2 @5"],
  ["a1 purge a1 purge a1-2", "1@4 2@4 | 0..2 @4"],
  ["a1 purge d1 a2", "2@3 | 1..2 @3"],
  ["a1 mark purge mark a1", "1@4 | 0..1 @4"],
  ["a1 purge mark", "| none"]
]

describe("the actions of a journal, in one batch, in any two, or one by one", () => {
  for (const [story, expected] of examples) {
    it(`150. ${story} gives ${expected}`, () => {
      const log = logOf(story)
      const oneByOne = numbers(1, log.end)
      for (const atomic of [true, false]) {
        for (const first of oneByOne) expect(replicated(log, atomic, [first, log.end])).toBe(expected)
        expect(replicated(log, atomic, oneByOne)).toBe(expected)
      }
    })
  }
})
