import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkTarget, enrolled, final, founding, joint, withLearners } from "../../../core/chain/Changes.ts"
import type { Configuration, Member } from "../../../core/chain/Configuration.ts"
import { memberOf } from "../../../core/chain/Quorum.ts"
import { clusterMembers, member, votersOnly } from "./Configurations.ts"

const three = votersOnly(1, 2, 3)

describe("a target", () => {
  it("may be any members with fewer witnesses than voters", () => {
    fc.assert(
      fc.property(clusterMembers, (members) => {
        expect(checkTarget({ members: [] }, members)).toBeUndefined()
      })
    )
  })

  it.each<[string, ReadonlyArray<Member>, RegExp]>([
    ["has no voter", [], /at least one voter/],
    ["has only witnesses and learners", [member(1, "Learner"), member(2, "Witness")], /at least one voter/],
    ["has as many witnesses as voters", [member(1), member(4, "Witness")], /fewer witnesses/],
    ["has an id twice", [member(1), member(1, "Learner")], /more than once/],
    ["has the id 0", [member(0)], /whole number from 1 on/],
    ["has an id that is no whole number", [member(1.5)], /whole number from 1 on/],
    ["has a priority that is no whole number", [{ ...member(1), priority: Infinity }], /priority/],
    ["has an incarnation below 0", [member(1, "Voter", -1)], /incarnation/]
  ])("is refused where it %s", (_, members, why) => {
    expect(checkTarget(three, members)).toMatch(why)
  })

  it("keeps the incarnations that are known", () => {
    const known: Configuration = { members: [member(1, "Voter", 7), member(2)] }
    expect(checkTarget(known, [member(1, "Voter", 8), member(2)])).toMatch(/new id/)
    expect(checkTarget(known, [member(1, "Voter", 7), member(2, "Voter", 9)])).toBeUndefined()
    expect(checkTarget(known, [member(1), member(2)])).toBeUndefined()
  })

  it("lets a witness be nothing but a witness, and others become one", () => {
    const five: Configuration = {
      members: [member(1), member(2), member(3), member(4, "Witness"), member(5, "Learner")]
    }
    const but = (id: number, role: Member["role"]): ReadonlyArray<Member> =>
      five.members.map((each) => (each.id === id ? { ...each, role } : each))
    expect(checkTarget(five, but(4, "Voter"))).toMatch(/kept no commands/)
    expect(checkTarget(five, but(4, "Learner"))).toMatch(/kept no commands/)
    expect(checkTarget(five, but(5, "Voter"))).toBeUndefined()
    expect(checkTarget({ members: five.members.slice(0, 3) }, but(5, "Voter"))).toBeUndefined()
    expect(checkTarget(votersOnly(1, 2, 3), [member(1), member(2), member(3, "Witness")])).toBeUndefined()
  })
})

describe("a founding configuration", () => {
  it("has its members in order of id", () => {
    expect(founding([member(3), member(1, "Witness", 5), member(2)])).toEqual({
      members: [member(1, "Witness", 5), member(2), member(3)]
    })
  })
})

describe("a change", () => {
  it("begins with the new voters as learners, in order of id, and changes nobody else", () => {
    const target = [member(4), member(1), member(5, "Witness"), member(6, "Learner"), member(2, "Learner")]
    expect(withLearners(votersOnly(1, 2, 3), target)).toEqual({
      members: [member(1), member(2), member(3), member(4, "Learner")]
    })
  })

  it("begins at once where every voter is a member already", () => {
    const configuration: Configuration = { members: [member(1), member(2, "Learner")] }
    expect(withLearners(configuration, [member(1), member(2), member(3, "Witness")])).toBeUndefined()
  })

  it("has the old and the new members decide, then the new ones", () => {
    const target = [member(4), member(2)]
    const during = joint(three, target)
    expect(during).toEqual({ members: [member(2), member(4)], outgoing: three.members })
    expect(final(during)).toEqual({ members: [member(2), member(4)] })
  })

  it("keeps every incarnation that is known", () => {
    const known: Configuration = { members: [member(1, "Voter", 7), member(2)] }
    expect(joint(known, [member(1), member(2), member(3)]).members).toEqual([
      member(1, "Voter", 7),
      member(2),
      member(3)
    ])
  })

  it("passes through steps that are each a cluster", () => {
    fc.assert(
      fc.property(clusterMembers, clusterMembers, (members, target) => {
        const before: Configuration = { members }
        if (checkTarget(before, target) !== undefined) return
        const learning = withLearners(before, target)
        const start = learning ?? before
        if (learning !== undefined) expect(checkTarget(before, learning.members)).toBeUndefined()
        expect(checkTarget(start, target)).toBeUndefined()
        expect(withLearners(start, target)).toBeUndefined()
        const during = joint(start, target)
        expect(during.members.map(({ id }) => id)).toEqual(target.map(({ id }) => id).sort((a, b) => a - b))
        expect(checkTarget(start, final(during).members)).toBeUndefined()
      })
    )
  })
})

describe("an incarnation", () => {
  it("is entered in both halves", () => {
    const during = enrolled(joint(three, [member(2), member(4)]), 2, 9)
    expect(during.members[0]!.incarnation).toBe(9)
    expect(during.outgoing![1]!.incarnation).toBe(9)
    expect(memberOf(during, 1)!.incarnation).toBe(0)
  })

  it("leaves the configuration as it is where there is nothing to enter", () => {
    const known: Configuration = { members: [member(1, "Voter", 7), member(2)] }
    expect(enrolled(known, 1, 8)).toBe(known)
    expect(enrolled(known, 3, 8)).toBe(known)
    const halves: Configuration = { members: [member(1)], outgoing: [member(1, "Voter", 7)] }
    expect(enrolled(halves, 1, 8)).toBe(halves)
    expect(enrolled(known, 2, 0)).toBe(known)
    expect(enrolled(known, 2, 5)).toEqual({ members: [member(1, "Voter", 7), member(2, "Voter", 5)] })
  })
})
