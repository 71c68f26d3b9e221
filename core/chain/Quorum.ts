import type { Configuration, Member, NodeId } from "./Configuration.ts"

const noMembers: ReadonlyArray<Member> = []

/** Whether it is counted for votes and commits. */
const isCounted = ({ role }: Member): boolean => role !== "Learner"

/** How many of `counted` members are a majority; any two of them have one in common. */
const majorityOf = (counted: number): number => Math.floor(counted / 2) + 1

/**
 * How many data members must have a block: one more than a majority can lack, so that one of them is in every majority;
 * fewer by those who are silent, and at least one.
 */
const dataShareOf = (counted: number, silent: number): number => Math.max(1, Math.floor((counted + 1) / 2) - silent)

const memberIn = (members: ReadonlyArray<Member>, id: NodeId): Member | undefined => {
  for (const member of members) if (member.id === id) return member
  return undefined
}

/** The member of this id, as the newer half has it where both have one. */
export const memberOf = ({ members, outgoing }: Configuration, id: NodeId): Member | undefined =>
  memberIn(members, id) ?? (outgoing === undefined ? undefined : memberIn(outgoing, id))

/** Whether it keeps the data, is counted, and may lead, in either half. */
export const isVoter = ({ members, outgoing }: Configuration, id: NodeId): boolean =>
  memberIn(members, id)?.role === "Voter" || (outgoing !== undefined && memberIn(outgoing, id)?.role === "Voter")

/**
 * Whether it needs no commands.
 *
 * **Details**
 *
 * A member that is a witness in one half and something else in the other still needs them: it is counted with its data
 * there, or becomes what it was when the change is superseded.
 */
export const isWitness = ({ members, outgoing }: Configuration, id: NodeId): boolean => {
  const now = memberIn(members, id)?.role
  const before = outgoing === undefined ? undefined : memberIn(outgoing, id)?.role
  return now === "Witness" ? before === undefined || before === "Witness" : now === undefined && before === "Witness"
}

/**
 * Whether it is counted only without its data: a witness in either half, and a voter in none.
 *
 * **Details**
 *
 * A learner that is about to become a witness is one, though it still needs commands.
 */
export const isWitnessOnly = (configuration: Configuration, id: NodeId): boolean =>
  !isVoter(configuration, id) &&
  (memberIn(configuration.members, id)?.role === "Witness" ||
    (configuration.outgoing !== undefined && memberIn(configuration.outgoing, id)?.role === "Witness"))

/** Whether somebody is counted without keeping the data, in either half. */
export const hasWitness = ({ members, outgoing = noMembers }: Configuration): boolean => {
  for (const { role } of members) if (role === "Witness") return true
  for (const { role } of outgoing) if (role === "Witness") return true
  return false
}

/** The ids of everybody who is counted in either half, ascending, each once. */
export const votersOf = ({ members, outgoing }: Configuration): ReadonlyArray<NodeId> => {
  const ids: Array<NodeId> = []
  for (const member of members) if (isCounted(member)) ids.push(member.id)
  if (outgoing === undefined) return ids
  for (const member of outgoing) if (isCounted(member) && !ids.includes(member.id)) ids.push(member.id)
  return ids.sort((a, b) => a - b)
}

const hasMajority = (members: ReadonlyArray<Member>, have: (id: NodeId) => boolean): boolean => {
  let counted = 0
  let having = 0
  for (const member of members) {
    if (!isCounted(member)) continue
    counted++
    if (have(member.id)) having++
  }
  return counted > 0 && having >= majorityOf(counted)
}

/**
 * Whether those who `have` it are a majority of voters and witnesses, in both halves while a change is under way.
 *
 * **Details**
 *
 * Each half is counted for itself, never the union of both (Raft thesis 4.3). Without voters there is no quorum.
 */
export const hasQuorum = ({ members, outgoing }: Configuration, have: (id: NodeId) => boolean): boolean =>
  hasMajority(members, have) && (outgoing === undefined || hasMajority(outgoing, have))

/** The counters of those who are counted, and of those with data, greatest first; used anew by every call below. */
const counted: Array<number> = []
const data: Array<number> = []

/** Puts a counter behind the `length` that `sorted` begins with, and keeps them in order. */
const insert = (sorted: Array<number>, length: number, counter: number): void => {
  let at = length
  while (at > 0 && sorted[at - 1]! < counter) {
    sorted[at] = sorted[at - 1]!
    at--
  }
  sorted[at] = counter
}

/** What enough members with data have, of one half in which so many are counted. */
const heldIn = (
  members: ReadonlyArray<Member>,
  counting: number,
  matchOf: (id: NodeId) => number,
  heard: (id: NodeId) => boolean
): number => {
  let withData = 0
  let silent = 0
  for (const { id, role } of members) {
    if (role !== "Voter") continue
    insert(data, withData++, matchOf(id))
    if (!heard(id)) silent++
  }
  const share = dataShareOf(counting, silent)
  return withData < share ? 0 : data[share - 1]!
}

/** What holds in one half: by data alone, or by data and by count. Where all have data, a majority of them is enough. */
const counterIn = (
  members: ReadonlyArray<Member>,
  matchOf: (id: NodeId) => number,
  heard: (id: NodeId) => boolean,
  byCount: boolean
): number => {
  let counting = 0
  let withData = 0
  for (const member of members) {
    if (!isCounted(member)) continue
    insert(counted, counting++, byCount ? matchOf(member.id) : 0)
    if (member.role === "Voter") withData++
  }
  if (withData === 0) return 0
  const held = byCount && withData === counting ? Infinity : heldIn(members, counting, matchOf, heard)
  return byCount ? Math.min(held, counted[majorityOf(counting) - 1]!) : held
}

/**
 * The greatest counter on the leader's chain that may be committed, if its block is of the leader's own term (Raft thesis
 * 3.6.2).
 *
 * **Details**
 *
 * Of `n` voters and witnesses a majority has it, so that nobody who lacks it is elected. And so have f + 1 − d voters, but
 * one at least, where f = ⌊(n − 1) / 2⌋ is what a majority can lack, and d voters are not `heard`. With all of them heard,
 * every quorum that elects a leader has a member with the data, and nothing is lost by any f failures. What is committed
 * while some are silent is on fewer disks, and waits for one of these if they fail, too, before the others have come
 * back. In both halves while a change is under way. `matchOf` is the counter of the last block that a member has, on the
 * leader's chain and on its disk, and 0 for none.
 */
export const committedCounter = (
  { members, outgoing }: Configuration,
  matchOf: (id: NodeId) => number,
  heard: (id: NodeId) => boolean
): number => {
  const now = counterIn(members, matchOf, heard, true)
  return outgoing === undefined ? now : Math.min(now, counterIn(outgoing, matchOf, heard, true))
}

/**
 * The greatest counter that as many voters have as {@link committedCounter} asks for: what witnesses may be told of.
 *
 * **Details**
 *
 * A witness has no data to hand on. As long as it knows only what f + 1 voters have, one of them outlives f failures and
 * has a head that the witness can vote for.
 */
export const dataCounter = (
  { members, outgoing }: Configuration,
  matchOf: (id: NodeId) => number,
  heard: (id: NodeId) => boolean
): number => {
  const now = counterIn(members, matchOf, heard, false)
  return outgoing === undefined ? now : Math.min(now, counterIn(outgoing, matchOf, heard, false))
}
