import type { Configuration, Member, MemberRole, NodeId } from "./Configuration.ts"
import { memberOf } from "./Quorum.ts"

/** As a configuration keeps them: in order of their ids, with the incarnations that are known already. */
const settled = (configuration: Configuration, members: ReadonlyArray<Member>): ReadonlyArray<Member> =>
  members
    .map((member) =>
      member.incarnation === 0
        ? { ...member, incarnation: memberOf(configuration, member.id)?.incarnation ?? 0 }
        : member
    )
    .sort((a, b) => a.id - b.id)

/** Why one member cannot be as it is asked for. */
const checkMember = (known: Member | undefined, { id, incarnation, priority, role }: Member): string | undefined => {
  if (!Number.isSafeInteger(id) || id < 1) return `${id} is no id: give each node a whole number from 1 on.`
  if (!Number.isSafeInteger(priority)) return `The priority ${priority} of node ${id} is no whole number: give it one.`
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) {
    return `The incarnation ${incarnation} of node ${id} is no whole number from 0 on: leave it at 0.`
  }
  if (known === undefined) return undefined
  if (incarnation !== 0 && known.incarnation !== 0 && incarnation !== known.incarnation) {
    return `Node ${id} is known by the incarnation ${known.incarnation}, not ${incarnation}: add the new one under a new id.`
  }
  if (known.role === "Witness" && role !== "Witness") {
    return `Node ${id} is a witness and has kept no commands: remove it, and add a node with a new id.`
  }
  return undefined
}

/**
 * Why these members cannot follow on the configuration, in one sentence; `undefined` where they can.
 *
 * **Details**
 *
 * - ids are whole numbers from 1 on, and each occurs once
 * - there is a voter, and there are fewer witnesses than voters: what the voters all have can then be committed without
 *   any witness, and some voter outlives as many failures as the cluster has a majority for
 * - an incarnation that is known stays
 * - a witness stays a witness, because it has no commands to go on from
 */
export const checkTarget = (configuration: Configuration, members: ReadonlyArray<Member>): string | undefined => {
  let voters = 0
  let witnesses = 0
  const ids = new Set<NodeId>()
  for (const member of members) {
    const wrong = checkMember(memberOf(configuration, member.id), member)
    if (wrong !== undefined) return wrong
    if (ids.has(member.id)) return `Node ${member.id} is there more than once: name it once.`
    ids.add(member.id)
    if (member.role === "Voter") voters++
    if (member.role === "Witness") witnesses++
  }
  if (voters === 0) return "Nobody could lead: name at least one voter."
  if (witnesses >= voters) {
    return `${witnesses} witnesses are too many beside ${voters} voters: name fewer witnesses than voters.`
  }
  return undefined
}

/** The configuration that a cluster of these members begins with; `checkTarget` of none tells whether it can. */
export const founding = (members: ReadonlyArray<Member>): Configuration => ({
  members: settled({ members: [] }, members)
})

const letters: Readonly<Record<MemberRole, string>> = { Voter: "", Witness: "w", Learner: "l" }

/** Who has founded a cluster, in a line, as in `1 2 3w` with a witness; empty on a node that joins. */
export const foundersOf = ({ members }: Configuration): string =>
  members.map(({ id, role }) => `${id}${letters[role]}`).join(" ")

/**
 * The configuration with which a change to `members` begins: the voters that are new learn before they are counted
 * (Raft thesis 4.2.1); `undefined` when no voter is new.
 *
 * **Details**
 *
 * Nobody else changes yet. A new witness has nothing to learn and comes with the joint configuration.
 */
export const withLearners = (
  configuration: Configuration,
  members: ReadonlyArray<Member>
): Configuration | undefined => {
  const learners = members.filter(({ id, role }) => role === "Voter" && memberOf(configuration, id) === undefined)
  if (learners.length === 0) return undefined
  const learning = learners.map((member): Member => ({ ...member, role: "Learner" }))
  return { ...configuration, members: settled(configuration, [...configuration.members, ...learning]) }
}

/** The configuration in which both the present members and `members` decide (Raft thesis 4.3). */
export const joint = (configuration: Configuration, members: ReadonlyArray<Member>): Configuration => ({
  members: settled(configuration, members),
  outgoing: configuration.members
})

/** The configuration that ends a joint one: only the new members decide. */
export const final = ({ members }: Configuration): Configuration => ({ members })

const enrolledIn = (members: ReadonlyArray<Member>, id: NodeId, incarnation: number): ReadonlyArray<Member> =>
  members.map((member) => (member.id === id ? { ...member, incarnation } : member))

/**
 * The configuration with a member's incarnation entered (KIP-853's directory ids); the same configuration when there is
 * nothing to enter, because the id is nobody's, or an incarnation is known already or none.
 */
export const enrolled = (configuration: Configuration, id: NodeId, incarnation: number): Configuration => {
  const { members, outgoing } = configuration
  const found = [...members, ...(outgoing ?? [])].filter((member) => member.id === id)
  if (incarnation === 0 || found.length === 0 || found.some((member) => member.incarnation !== 0)) return configuration
  const entered = enrolledIn(members, id, incarnation)
  return outgoing === undefined
    ? { members: entered }
    : { members: entered, outgoing: enrolledIn(outgoing, id, incarnation) }
}
