/** A node of a cluster: a whole number from 1 on, never given to another node again. */
export type NodeId = number

/**
 * What a member does.
 *
 * - `Voter`: keeps the chain, votes, is counted for commits, may lead
 * - `Witness`: votes and keeps the names of blocks, terms and configurations, but no commands; never leads
 * - `Learner`: keeps the chain and is never counted
 */
export type MemberRole = "Voter" | "Witness" | "Learner"

/**
 * One member of a cluster.
 *
 * **Details**
 *
 * `priority` (0) prefers a leader: of the voters that have everything, the one with the greatest leads. `incarnation` is
 * drawn when a node first opens its folder, and entered by the first leader that hears from it: a node that comes back
 * with another one has forgotten what it acknowledged, and is not counted. 0 is a node that nobody has heard from.
 */
export interface Member {
  readonly id: NodeId
  readonly role: MemberRole
  readonly priority: number
  readonly incarnation: number
}

/**
 * Who belongs to the cluster.
 *
 * **Details**
 *
 * `members` decide; while `outgoing` is there, the change from it to `members` is under way and every decision needs
 * both (joint consensus, Raft thesis 4.3). Both are in order of `id`.
 */
export interface Configuration {
  readonly members: ReadonlyArray<Member>
  readonly outgoing?: ReadonlyArray<Member>
}

const sameMember = (a: Member, b: Member | undefined): boolean =>
  b !== undefined && a.id === b.id && a.role === b.role && a.priority === b.priority && a.incarnation === b.incarnation

const sameMembers = (a: ReadonlyArray<Member> | undefined, b: ReadonlyArray<Member> | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && a.length === b.length && a.every((member, at) => sameMember(member, b[at])))

/** Whether two configurations say the same. */
export const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  a === b || (sameMembers(a.members, b.members) && sameMembers(a.outgoing, b.outgoing))
