import { describe, expect, it } from "vitest"
import { explore, firstFailure, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { log, realSubjects, simulateLog } from "./LogSim.ts"
import type { Subjects } from "./LogWorld.ts"
import {
  carelessRoll,
  checkpointFirst,
  eagerReads,
  early,
  earlyDelete,
  earlyRemoval,
  forgetful,
  greedyRetention,
  hastyDuplicate,
  hopefulSync,
  namelessRoll,
  offsetsAgain,
  tornTail,
  unsyncedRecovery
} from "./PlantedBugs.ts"

const seeds = seedsFrom(1, log.seeds)

describe("a partition's log on a disk that fails, from a seed", () => {
  it("answers every client once and right, and keeps what it promised", { timeout: 120_000 }, () => {
    expect(missingMarks(log, explore(seeds, log.run))).toEqual([])
  })
})

describe("the simulation of the log finds", () => {
  /** A planted bug is found by no more seeds than the log of this package has to pass. */
  const finds = (bug: Partial<Subjects>, what: RegExp): void => {
    const failed = firstFailure(seeds, (seed) => simulateLog(seed, { ...realSubjects, ...bug }))
    expect(failed?.what).toMatch(what)
  }

  it("an append that is answered before it is synced", () => {
    finds(early, /recovery finds the log to end at \d+, and \d+ was promised/)
  })

  it("a duplicate that is answered before the first of them is synced", () => {
    finds(hastyDuplicate, /the high watermark (goes back|is)/)
  })

  it("a reader that sees what is not synced", () => {
    finds(eagerReads, /says that the high watermark is/)
  })

  it("a sync that failed and is taken for one that went well", () => {
    finds(hopefulSync, /the log begins at|was promised|is damaged/)
  })

  it("a checkpoint that is written before what it promises is synced", () => {
    finds(checkpointFirst, /is damaged/)
  })

  it("a segment that begins before the one before it is synced", () => {
    finds(carelessRoll, /is damaged/)
  })

  it("a segment whose file's name is not durable when a checkpoint names it", () => {
    finds(namelessRoll, /the file is missing/)
  })

  it("a deletion of records that is answered before it is durable", () => {
    finds(earlyDelete, /the log begins at|are in no file/)
  })

  it("a removal of records before the log's start is durable", () => {
    finds(earlyRemoval, /the log begins at|are in no file/)
  })

  it("a retention that gives up too much", () => {
    finds(greedyRetention, /retention gives up/)
  })

  it("a recovery that forgets the producers", () => {
    finds(forgetful, /is not refused|is answered with offset/)
  })

  it("a recovery that leaves the torn end of a log", () => {
    finds(tornTail, /the file of segment \d+ has \d+ bytes, and is taken for/)
  })

  it("a recovery that does not sync what it has found", () => {
    finds(unsyncedRecovery, /is damaged/)
  })

  it("a recovery after which offsets are given away again", () => {
    finds(offsetsAgain, /is answered with offset/)
  })
})
