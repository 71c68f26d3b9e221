import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const member = planted("groups", "core/client/GroupMember.ts")
const sticky = planted("groups", "core/client/StickyAssignor.ts")

/** Bugs of a member of a group. */
export const memberMutants: ReadonlyArray<Mutant> = [
  member("grabbing", "It gives partitions away, as the leader, that somebody else has not let go of.", [
    `withhold(assignSticky(leadership.members, counts), leadership.members)`,
    `(withhold, assignSticky(leadership.members, counts))`
  ]),
  member("idle", "It does not join anew after it has let go of something.", [
    `owned: kept, wantsJoin: true }`,
    `owned: kept }`
  ]),
  member("stubborn", "It takes a coordinator that does not know it for one that does.", [
    `if (errorCode === ErrorCode.NONE) return [{ ...state, aliveUntil, failures: 0 }, []]`,
    `if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.UNKNOWN_MEMBER_ID) return [{ ...state, aliveUntil, failures: 0 }, []]`
  ]),
  member("deaf-to-rebalances", "It does not join anew when a heartbeat says that the group rebalances.", [
    `return isHeld(state) ? [heard, []] : refused(heard, errorCode)`,
    `return isHeld(state) || errorCode === ErrorCode.REBALANCE_IN_PROGRESS ? [heard, []] : refused(heard, errorCode)`
  ]),
  member("expelled-keeps", "It keeps what it has when the coordinator no longer knows it.", [
    `const [state, outputs] = lose(before)\n  return [{ ...state, memberId,`,
    `const [state, outputs] = [before, []] as const\n  return [{ ...state, memberId,`
  ]),
  member("expelled-keeps-name", "It joins again under an id that the coordinator does not know.", [
    `if (expelling.has(errorCode)) return expelled(state, "")`,
    `if (expelling.has(errorCode)) return expelled(state, state.memberId)`
  ]),
  member("expelled-stays-out", "It does not join again when the coordinator no longer knows it.", [
    `leadership: undefined, wantsJoin: true }, outputs]`,
    `leadership: undefined }, outputs]`
  ]),
  member("lets-go-of-nothing", "It keeps what its share no longer has.", [`share.has(name) ? [] : [tp]`, `[]`]),
  member("new-share-unseen", "It does not tell its owner what it has got.", [
    `const added = [...share].filter(([name]) => !state.owned.has(name))`,
    `const added = [...share].filter(() => false)`
  ]),
  member("share-forgotten", "It forgets what it had when it gets a new share, without having let go of it.", [
    `const owned = new Map([...state.owned, ...added])`,
    `const owned = new Map(added)`
  ]),
  member("leaves-with-partitions", "It leaves the group while its owner still works on its partitions.", [
    `  if (owned.size > 0) return revoke(state, [...owned.values()])\n`,
    ``
  ]),
  member("claims-nothing", "It does not tell the leader what it has.", [
    `owned: [...owned.values()], ownedSince })`,
    `owned: [], ownedSince })`
  ]),
  member("counts-once", "It never looks, as the leader, whether there are new partitions.", [
    `const countAt = before.now + before.config.discoveryMs`,
    `const countAt = Infinity`
  ]),
  member("counts-unseen", "It sees, as the leader, new partitions and does nothing.", [
    `return [same ? state : { ...state, wantsJoin: true }, []]`,
    `return [state, []]`
  ]),
  member("beats-never", "It sends no heartbeats.", [
    `return can && state.asking !== "Leave" ? state.beatAt : Infinity`,
    `return Infinity`
  ]),
  member("join-given-up", "It does not try again to join when a join has failed.", [
    `wantsJoin: state.wantsJoin || asking === "Join" || asking === "Sync" }`,
    `wantsJoin: state.wantsJoin }`
  ]),
  sticky("uneven", "It leaves the shares as they are, however uneven.", [`  while (moveOne(members)) continue\n`, ``]),
  sticky("last-partition-left", "It gives a topic's last partition to nobody.", [
    `for (let partition = 0; partition < count; partition++) {`,
    `for (let partition = 0; partition < Math.max(1, count - 1); partition++) {`
  ]),
  sticky("withheld-from-owner", "It holds a partition back from the very member that has it.", [
    `if (other !== id && owned.has(name)) return true`,
    `if (owned.has(name)) return true`
  ])
]
