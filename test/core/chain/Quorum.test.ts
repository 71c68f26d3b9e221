import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkTarget, final, joint } from "../../../core/chain/Changes.ts"
import type { Configuration, Member, NodeId } from "../../../core/chain/Configuration.ts"
import {
  committedCounter,
  dataCounter,
  hasQuorum,
  isVoter,
  isWitness,
  isWitnessOnly,
  memberOf,
  votersOf
} from "../../../core/chain/Quorum.ts"
import { clusterMembers, configurationOf, member, someMembers, votersOnly } from "./Configurations.ts"

const ids: ReadonlyArray<NodeId> = [1, 2, 3, 4, 5, 6]
const anyConfiguration = configurationOf(someMembers)
const someIds = fc.subarray([...ids])
const someMatches = fc.array(fc.nat(5), { minLength: 7, maxLength: 7 })

const halvesOf = ({ members, outgoing }: Configuration): ReadonlyArray<ReadonlyArray<Member>> =>
  outgoing === undefined ? [members] : [members, outgoing]

const idsOf = (members: ReadonlyArray<Member>, ...roles: ReadonlyArray<string>): ReadonlyArray<NodeId> =>
  members.filter(({ role }) => roles.includes(role)).map(({ id }) => id)

/** Every set of the six ids. */
const everySet: ReadonlyArray<ReadonlySet<NodeId>> = Array.from(
  { length: 64 },
  (_, bits) => new Set(ids.filter((_, at) => (bits & (1 << at)) !== 0))
)

/** More than half, by definition: those who have it outnumber those who don't. */
const naiveQuorum = (configuration: Configuration, have: ReadonlySet<NodeId>): boolean =>
  halvesOf(configuration).every((members) => {
    const counted = idsOf(members, "Voter", "Witness")
    const having = counted.filter((id) => have.has(id)).length
    return having > counted.length - having
  })

const everybody: ReadonlySet<NodeId> = new Set(ids)

/** The rule for data by what it is for: no majority can do without all who have it, and as many as are silent. */
const naiveData = (configuration: Configuration, have: ReadonlySet<NodeId>, heard = everybody): boolean =>
  halvesOf(configuration).every((members) => {
    const counted = idsOf(members, "Voter", "Witness")
    const data = idsOf(members, "Voter").filter((id) => have.has(id))
    const silent = idsOf(members, "Voter").filter((id) => !heard.has(id))
    return data.length > 0 && (counted.length - data.length - silent.length) * 2 <= counted.length
  })

const all = (): boolean => true

const naiveCounter = (matches: ReadonlyArray<number>, holds: (have: ReadonlySet<NodeId>) => boolean): number => {
  for (let counter = 5; counter > 0; counter--) {
    if (holds(new Set(ids.filter((id) => matches[id]! >= counter)))) return counter
  }
  return 0
}

describe("a quorum", () => {
  it("is more than half of the voters and witnesses of each half", () => {
    fc.assert(
      fc.property(anyConfiguration, someIds, (configuration, have) => {
        expect(hasQuorum(configuration, (id) => have.includes(id))).toBe(naiveQuorum(configuration, new Set(have)))
      })
    )
  })

  it("is never there without voters", () => {
    expect(hasQuorum({ members: [] }, () => true)).toBe(false)
    expect(hasQuorum({ members: [member(1, "Learner")] }, () => true)).toBe(false)
    expect(hasQuorum({ members: [member(1)], outgoing: [] }, () => true)).toBe(false)
  })

  it("meets every other quorum of the same configuration", () => {
    fc.assert(
      fc.property(anyConfiguration, (configuration) => {
        const quorums = everySet.filter((set) => hasQuorum(configuration, (id) => set.has(id)))
        for (const a of quorums) for (const b of quorums) expect([...a].some((id) => b.has(id))).toBe(true)
      }),
      { numRuns: 30 }
    )
  })

  it("meets every quorum of the configuration before and after it in a change", () => {
    fc.assert(
      fc.property(clusterMembers, clusterMembers, (members, target) => {
        const before: Configuration = { members }
        if (checkTarget(before, target) !== undefined) return
        const during = joint(before, target)
        const steps = [before, during, final(during)]
        const quorums = steps.map((step) => everySet.filter((set) => hasQuorum(step, (id) => set.has(id))))
        for (let at = 1; at < steps.length; at++) {
          for (const a of quorums[at - 1]!) {
            for (const b of quorums[at]!) expect([...a].some((id) => b.has(id))).toBe(true)
          }
        }
      }),
      { numRuns: 30 }
    )
  })
})

describe("what is committed", () => {
  it("is what a majority has, and so many voters, less those who are silent, that no majority is without one", () => {
    fc.assert(
      fc.property(anyConfiguration, someMatches, someIds, (configuration, matches, answering) => {
        const heard = new Set(answering)
        expect(
          committedCounter(
            configuration,
            (id) => matches[id]!,
            (id) => heard.has(id)
          )
        ).toBe(
          naiveCounter(matches, (have) => naiveQuorum(configuration, have) && naiveData(configuration, have, heard))
        )
      }),
      { numRuns: 500 }
    )
  })

  it("is whatever those have who are heard, as long as they are a quorum: a leader that is answered can commit", () => {
    fc.assert(
      fc.property(clusterMembers, clusterMembers, (members, target) => {
        const before: Configuration = { members }
        if (checkTarget(before, target) !== undefined) return
        for (const step of [before, joint(before, target)]) {
          for (const heard of everySet) {
            const isHeard = (id: NodeId): boolean => heard.has(id)
            if (hasQuorum(step, isHeard)) expect(committedCounter(step, (id) => (isHeard(id) ? 5 : 0), isHeard)).toBe(5)
          }
        }
      })
    )
  })

  it("may be told to witnesses as soon as the rule for data holds", () => {
    fc.assert(
      fc.property(anyConfiguration, someMatches, someIds, (configuration, matches, answering) => {
        const heard = new Set(answering)
        expect(
          dataCounter(
            configuration,
            (id) => matches[id]!,
            (id) => heard.has(id)
          )
        ).toBe(naiveCounter(matches, (have) => naiveData(configuration, have, heard)))
      }),
      { numRuns: 500 }
    )
  })

  it("is what everybody has who answers, if they are a majority with a voter in each half", () => {
    fc.assert(
      fc.property(configurationOf(clusterMembers), (configuration) => {
        for (const up of everySet) {
          const goesOn =
            naiveQuorum(configuration, up) &&
            halvesOf(configuration).every((half) => idsOf(half, "Voter").some((id) => up.has(id)))
          const matchOf = (id: NodeId): number => (up.has(id) ? 7 : 0)
          expect(committedCounter(configuration, matchOf, (id) => up.has(id))).toBe(goesOn ? 7 : 0)
        }
      }),
      { numRuns: 30 }
    )
  })

  it("is known by name to a member of every quorum that could elect a leader, whoever is silent", () => {
    fc.assert(
      fc.property(configurationOf(clusterMembers), someIds, (configuration, answering) => {
        const elections = everySet.filter((set) => hasQuorum(configuration, (id) => set.has(id)))
        const heard = (id: NodeId): boolean => answering.includes(id)
        for (const a of everySet) {
          if (committedCounter(configuration, (id) => (a.has(id) ? 1 : 0), heard) !== 1) continue
          expect(halvesOf(configuration).every((half) => idsOf(half, "Voter").some((id) => a.has(id)))).toBe(true)
          for (const b of elections) expect([...a].some((id) => b.has(id))).toBe(true)
        }
      }),
      { numRuns: 30 }
    )
  })

  it("is with a voter of every quorum that could elect a leader, as long as all are heard", () => {
    fc.assert(
      fc.property(configurationOf(clusterMembers), (configuration) => {
        const elections = everySet.filter((set) => hasQuorum(configuration, (id) => set.has(id)))
        const commits = everySet.filter(
          (set) => committedCounter(configuration, (id) => (set.has(id) ? 1 : 0), all) === 1
        )
        expect(commits).not.toEqual([])
        for (const half of halvesOf(configuration)) {
          const data = idsOf(half, "Voter")
          for (const a of commits) {
            for (const b of elections) expect(data.some((id) => a.has(id) && b.has(id))).toBe(true)
          }
        }
      }),
      { numRuns: 30 }
    )
  })

  it("is what all voters have, however far behind the witnesses are", () => {
    fc.assert(
      fc.property(configurationOf(clusterMembers), (configuration) => {
        const isData = (id: NodeId): boolean => isVoter(configuration, id)
        expect(committedCounter(configuration, (id) => (isData(id) ? 7 : 0), all)).toBe(7)
      })
    )
  })

  it("is nothing where no voter is", () => {
    expect(committedCounter({ members: [] }, () => 5, all)).toBe(0)
    expect(committedCounter({ members: [member(1, "Witness"), member(2, "Learner")] }, () => 5, all)).toBe(0)
    expect(committedCounter({ members: [member(1)], outgoing: [] }, () => 5, all)).toBe(0)
  })

  it("does not remember what it was asked before", () => {
    expect(committedCounter(votersOnly(1, 2, 3, 4, 5), () => 9, all)).toBe(9)
    expect(committedCounter(votersOnly(1, 2, 3), (id) => id, all)).toBe(2)
    expect(committedCounter(votersOnly(1), () => 1, all)).toBe(1)
  })
})

describe("a member", () => {
  const change: Configuration = {
    members: [member(2), member(3, "Witness"), member(4, "Witness"), member(5, "Learner")],
    outgoing: [member(1), member(2, "Learner"), member(3), member(5, "Witness"), member(6, "Witness")]
  }

  it("may lead if it is a voter of either half", () => {
    expect(ids.filter((id) => isVoter(change, id))).toEqual([1, 2, 3])
  })

  it("does without commands only if it is nothing but a witness", () => {
    expect(ids.filter((id) => isWitness(change, id))).toEqual([4, 6])
  })

  it("is counted only without data if it is a witness and no voter, and may keep data for all that", () => {
    expect(ids.filter((id) => isWitnessOnly(change, id))).toEqual([4, 5, 6])
  })

  it("is what the newer half says", () => {
    expect(ids.map((id) => memberOf(change, id)?.role)).toEqual([
      "Voter",
      "Voter",
      "Witness",
      "Witness",
      "Learner",
      "Witness"
    ])
    expect(memberOf(change, 7)).toBeUndefined()
  })

  it("is listed once among those who are counted, in order", () => {
    expect(votersOf(change)).toEqual([1, 2, 3, 4, 5, 6])
    expect(votersOf({ members: [member(1), member(2, "Learner"), member(9, "Witness")] })).toEqual([1, 9])
  })
})
