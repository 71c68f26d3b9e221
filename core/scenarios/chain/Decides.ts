import type { Configuration, Member, NodeId } from "../../chain/index.ts"

/** The rules of decision as the scenario understands them: written for themselves, to be held against the machine's. */

const half = (members: ReadonlyArray<Member>, have: (member: Member) => boolean, withData: boolean): boolean => {
  let counted = 0
  let having = 0
  let data = 0
  for (const member of members) {
    if (member.role === "Learner") continue
    counted++
    if (!have(member)) continue
    having++
    if (member.role === "Voter") data++
  }
  // What a majority can lack, and one more.
  const share = Math.floor((counted - 1) / 2) + 1
  return counted > 0 && 2 * having > counted && (!withData || data >= share)
}

/** Whether those who `have` it elect a leader: a majority of each half. */
export const elects = ({ members, outgoing }: Configuration, have: (member: Member) => boolean): boolean =>
  half(members, have, false) && (outgoing === undefined || half(outgoing, have, false))

/** Whether those who `have` it commit it: a majority of each half, and enough with data that none is lost with the rest. */
export const commits = ({ members, outgoing }: Configuration, have: (member: Member) => boolean): boolean =>
  half(members, have, true) && (outgoing === undefined || half(outgoing, have, true))

const enoughData = (members: ReadonlyArray<Member>, have: (member: Member) => boolean): boolean => {
  const voting = members.filter(({ role }) => role !== "Learner")
  const data = voting.filter((member) => member.role === "Voter" && have(member))
  return data.length >= Math.floor((voting.length - 1) / 2) + 1
}

/** Whether those with data who `have` it are so many that one of them is left when a minority is not. */
export const isSafe = ({ members, outgoing }: Configuration, have: (member: Member) => boolean): boolean =>
  enoughData(members, have) && (outgoing === undefined || enoughData(outgoing, have))

/** Whether it may lead, in either half. */
export const isVoter = ({ members, outgoing = [] }: Configuration, id: NodeId): boolean => {
  for (const member of members) if (member.id === id && member.role === "Voter") return true
  for (const member of outgoing) if (member.id === id && member.role === "Voter") return true
  return false
}

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
