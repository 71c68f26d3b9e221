import { describe, expect, it } from "vitest"
import { explore, firstFailure, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { journal, realSubjects, simulateJournal } from "./JournalSim.ts"
import type { Subjects } from "./JournalWorld.ts"
import {
  appliedTwice,
  droppedAtFirst,
  evictionForgotten,
  purgeForgotten,
  tooEarly,
  unawareCache
} from "./PlantedCacheBugs.ts"
import { headFirst, pointerFirst, restless, trusting, unaware, unconfirmed, unrepairedDelete } from "./PlantedBugs.ts"

const seeds = seedsFrom(1, journal.seeds)

describe("the journal under writers, replicators and readers, from a seed", () => {
  it("tells every reader the journal at one point of the log, and ends with the store as the log has it", () => {
    expect(missingMarks(journal, explore(seeds, journal.run))).toEqual([])
  }, 120_000)
})

describe("the simulation of the journal finds", () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  const finds = (bug: Partial<Subjects>): void => {
    const failed = firstFailure(seeds, (seed) => simulateJournal(seed, { ...realSubjects, ...bug }))
    expect(failed?.rerun).toBe(`npm run simulate -- journal --seed ${failed?.seed}`)
  }

  it("a replicator that moves the pointer before it writes what the pointer promises", () => {
    finds({ replication: pointerFirst })
  })

  it("a replicator that does not repair a redelivered delete", () => {
    finds({ replication: unrepairedDelete })
  })

  it("a reader that reads the head before the pointer", () => {
    finds({ recovery: headFirst })
  })

  it("a reader that does not look whether the store has moved on beneath it", () => {
    finds({ recovery: trusting })
  })

  it("a reader that takes the tail for a journal's beginning without asking for the pointer again", () => {
    finds({ recovery: unconfirmed })
  })

  it("a reader that begins again for as long as the log begins beyond the store", () => {
    finds({ recovery: restless })
  })

  it("a reader that takes a log's beginning for a journal's where its store has never had what was before it", () => {
    finds({ recovery: unaware })
  })

  it("a cache that does likewise", () => {
    finds({ cache: unawareCache })
  })

  it("a cache that forgets a purge", () => {
    finds({ cache: purgeForgotten })
  })

  it("a cache that answers before it has come to the mark", () => {
    finds({ cache: tooEarly })
  })

  it("a cache that forgets a journal when the store has the first action of its tail, and not the last", () => {
    finds({ cache: droppedAtFirst })
  })

  it("a cache that takes a journal that it has forgotten for one without a tail", () => {
    finds({ cache: evictionForgotten })
  })

  it("a reader that applies a tail to a head that has a part of it", () => {
    finds({ recovery: appliedTwice })
  })
})
