import type { Configuration, Member, NodeId } from "../../chain/index.ts"

/** The rules of decision as the scenario understands them: written for themselves, to be held against the machine's. */

/** Those of whom something is said. */
type Some = (member: Member) => boolean

const half = (members: ReadonlyArray<Member>, have: Some, silent: Some | undefined): boolean => {
  let counted = 0
  let having = 0
  let data = 0
  let away = 0
  for (const member of members) {
    if (member.role === "Learner") continue
    counted++
    if (member.role === "Voter" && silent?.(member) === true) away++
    if (!have(member)) continue
    having++
    if (member.role === "Voter") data++
  }
  // What a majority can lack, and one more, of those who are there.
  const share = Math.max(1, Math.floor((counted - 1) / 2) + 1 - away)
  return counted > 0 && 2 * having > counted && (silent === undefined || data >= share)
}

/** Whether those who `have` it elect a leader: a majority of each half. */
export const elects = ({ members, outgoing }: Configuration, have: Some): boolean =>
  half(members, have, undefined) && (outgoing === undefined || half(outgoing, have, undefined))

/**
 * Whether those who `have` it commit it: a majority of each half, and enough with data that none is lost with the rest,
 * fewer by those who are `silent`.
 */
export const commits = ({ members, outgoing }: Configuration, have: Some, silent: Some): boolean =>
  half(members, have, silent) && (outgoing === undefined || half(outgoing, have, silent))

const enoughData = (members: ReadonlyArray<Member>, have: Some, silent: Some): boolean => {
  const voting = members.filter(({ role }) => role !== "Learner")
  const data = voting.filter(({ role }) => role === "Voter")
  const away = data.filter(silent).length
  return data.filter(have).length >= Math.max(1, Math.floor((voting.length - 1) / 2) + 1 - away)
}

/** Whether those with data who `have` it are so many that one of them, or of the `silent`, is left when a minority is not. */
export const isSafe = ({ members, outgoing }: Configuration, have: Some, silent: Some): boolean =>
  enoughData(members, have, silent) && (outgoing === undefined || enoughData(outgoing, have, silent))

/** Whether somebody decides without the data. */
export const hasWitness = ({ members, outgoing = [] }: Configuration): boolean =>
  [...members, ...outgoing].some(({ role }) => role === "Witness")

/** Whether it may lead, in either half. */
export const isVoter = ({ members, outgoing = [] }: Configuration, id: NodeId): boolean => {
  for (const member of members) if (member.id === id && member.role === "Voter") return true
  for (const member of outgoing) if (member.id === id && member.role === "Voter") return true
  return false
}

/** Whether it is to have all commands: somebody else than a witness, in either half. */
export const keepsData = ({ members, outgoing = [] }: Configuration, id: NodeId): boolean =>
  [...members, ...outgoing].some((member) => member.id === id && member.role !== "Witness")

/** Who is counted, as a text: two configurations with different ones need a joint one between them. */
const counted = (members: ReadonlyArray<Member>): string =>
  members
    .filter(({ role }) => role !== "Learner")
    .map(({ id, role }) => `${id}${role}`)
    .join(" ")

const sameMembers = (a: ReadonlyArray<Member>, b: ReadonlyArray<Member>): boolean =>
  a.length === b.length &&
  a.every((member, at) => {
    const other = b[at] as Member
    const { id, incarnation, priority, role } = member
    return id === other.id && incarnation === other.incarnation && priority === other.priority && role === other.role
  })

/** Whether two configurations say the same. */
export const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  a === b ||
  (sameMembers(a.members, b.members) &&
    (a.outgoing === undefined
      ? b.outgoing === undefined
      : b.outgoing !== undefined && sameMembers(a.outgoing, b.outgoing)))

/** Why `next` may not follow on `before`; `undefined` where it may. */
export const misstep = (before: Configuration, next: Configuration): string | undefined => {
  if (before.outgoing === undefined && next.outgoing === undefined) {
    return counted(before.members) === counted(next.members)
      ? undefined
      : "others are counted at once, without a joint configuration"
  }
  if (before.outgoing === undefined && next.outgoing !== undefined) {
    return counted(before.members) === counted(next.outgoing)
      ? undefined
      : "the joint configuration leaves others than those who were counted"
  }
  if (next.outgoing !== undefined) return "one joint configuration follows on another"
  return counted(before.members) === counted(next.members)
    ? undefined
    : "the final configuration is another than the joint one led to"
}

/** The member of this id in the half that is given first, else in the other. */
export const memberIn = ({ members, outgoing }: Configuration, id: NodeId): Member | undefined => {
  for (const member of members) if (member.id === id) return member
  if (outgoing !== undefined) for (const member of outgoing) if (member.id === id) return member
  return undefined
}
