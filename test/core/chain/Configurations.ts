import * as fc from "fast-check"
import type { Configuration, Member, MemberRole } from "../../../core/chain/Configuration.ts"

/** A member with nothing special about it. */
export const member = (id: number, role: MemberRole = "Voter", incarnation = 0): Member => ({
  id,
  role,
  priority: 0,
  incarnation
})

/** Voters of these ids. */
export const votersOnly = (...ids: ReadonlyArray<number>): Configuration => ({ members: ids.map((id) => member(id)) })

const roles: ReadonlyArray<MemberRole> = ["Voter", "Voter", "Witness", "Learner"]

/** Any members of up to six ids, in order of id: also none, and also ones that make no cluster. */
export const someMembers: fc.Arbitrary<ReadonlyArray<Member>> = fc
  .uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 })
  .chain((ids) =>
    fc
      .array(fc.constantFrom(...roles), { minLength: ids.length, maxLength: ids.length })
      .map((chosen) => [...ids].sort((a, b) => a - b).map((id, at) => member(id, chosen[at]!)))
  )

/** Members that make a cluster: fewer witnesses than voters. */
export const clusterMembers = someMembers.filter(
  (members) =>
    members.filter(({ role }) => role === "Witness").length < members.filter(({ role }) => role === "Voter").length
)

/** Any configuration of such members, joint or not. */
export const configurationOf = (members: fc.Arbitrary<ReadonlyArray<Member>>): fc.Arbitrary<Configuration> =>
  fc
    .record({ members, outgoing: fc.option(members, { nil: undefined }) })
    .map(({ members, outgoing }) => (outgoing === undefined ? { members } : { members, outgoing }))
