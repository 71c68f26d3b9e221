import { describe, expect, it } from "vitest"
import { explore, firstFailure, seedsFrom } from "../driver/index.ts"
import { missingMarks } from "../Scenario.ts"
import { groups, realSubjects, simulateGroups } from "./GroupSim.ts"
import type { Subjects } from "./GroupWorld.ts"
import {
  anyGeneration,
  backwards,
  deafWhilePreparing,
  forgetful,
  forgetsStatic,
  grabbing,
  hastyCommit,
  idle,
  patient,
  pendingForever,
  pendingUncounted,
  restless,
  stubborn,
  twice,
  unfenced
} from "./PlantedBugs.ts"

const seeds = seedsFrom(1, groups.seeds)

describe("a group's coordinator and its members, from a seed", () => {
  it("agree on who has what, keep what was committed, and come to rest", { timeout: 120_000 }, () => {
    expect(missingMarks(groups, explore(seeds, groups.run))).toEqual([])
  })
})

describe("the simulation of a group finds", { timeout: 120_000 }, () => {
  /** A planted bug is found by no more seeds than the machines of this package have to pass. */
  const finds = (bug: Partial<Subjects>, what: RegExp): void => {
    const failed = firstFailure(seeds, (seed) => simulateGroups(seed, { ...realSubjects, ...bug }))
    expect(failed?.what).toMatch(what)
  }

  it("a commit of an old generation that is accepted", () => {
    finds(anyGeneration, /a commit of .* is accepted/)
  })

  it("a follower whose unchanged join begins a rebalance", () => {
    finds(restless, /joins again unchanged/)
  })

  it("ids that were given out and are not counted", () => {
    finds(pendingUncounted, /members and ids that were given out|who was given a place/)
  })

  it("an answer that is given twice", () => {
    finds(twice, /is answered twice/)
  })

  it("a heartbeat that is no sign of life while a rebalance is prepared", () => {
    finds(deafWhilePreparing, /is given up before its session has ended/)
  })

  it("a static member that comes back and gets nothing", () => {
    finds(forgetsStatic, /a share which no leader has assigned/)
  })

  it("a static member's old process that is not fenced", () => {
    finds(unfenced, /is (accepted|taken)/)
  })

  it("a member that is never given up", () => {
    finds(patient, /the group is at rest/)
  })

  it("an id that was given out and never lapses", () => {
    finds(pendingForever, /the group is at rest/)
  })

  it("a generation whose number was used before", () => {
    finds(backwards, /generation/)
  })

  it("a commit that is answered before it is stored", () => {
    finds(hastyCommit(), /and one was committed|older than what was promised/)
  })

  it("a broker that forgets offsets in a restart", () => {
    finds(forgetful, /and one was committed/)
  })

  it("a leader that gives away what somebody still has", () => {
    finds(grabbing, /belongs to/)
  })

  it("a member that lets go and does not join anew", () => {
    finds(idle, /the group is at rest/)
  })

  it("a member that does not hear that it is out", () => {
    finds(stubborn, /the group is at rest|belongs to/)
  })
})
