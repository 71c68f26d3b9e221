import { describe, expect, it } from "vitest"
import { makeGroup } from "../../../core/broker/Group.ts"
import { defaultGroupConfig, emptyGroup } from "../../../core/broker/GroupState.ts"
import { play } from "./GroupScript.ts"

/** A stable group of `a`, which leads, and `b`, in generation 2. */
const stable = `
  join +a                       → a: joined 1 range leader=a members=a:t
  join +b                       → -
  join a                        → a: joined 2 range leader=a members=a:t,b:t | b: joined 2 range leader=a
  sync a gen=2 give=a:0,b:1     → a: synced "0"
  sync b gen=2                  → b: synced "1"
  ? → Stable 2 [a,b]`

describe("an empty group", () => {
  it("admits a new member, whose rebalance ends at once", () =>
    play(`
      join +a   → a: joined 1 range leader=a members=a:t
      ?         → CompletingRebalance 1 [a]`))

  it("knows nobody: join with an id, sync and heartbeat are UNKNOWN_MEMBER_ID", () =>
    play(`
      join a    → a: UNKNOWN_MEMBER_ID
      sync a    → a: UNKNOWN_MEMBER_ID
      beat a    → a: UNKNOWN_MEMBER_ID`))

  it("takes commits without a generation only", () =>
    play(`
      commit - gen=-1   → -: ok
      commit - gen=0    → -: UNKNOWN_MEMBER_ID
      commit a gen=1    → a: UNKNOWN_MEMBER_ID`))

  it("waits the initial delay, longer while members keep coming, and never longer than the rebalance timeout", () =>
    play(
      `
      join +a rebalance=250  → -
      tick 50                → -
      join +b rebalance=250  → -
      tick 100               → -
      join +c rebalance=250  → -
      tick 200               → -
      join +d rebalance=250  → -
      tick 249               → -
      tick 250 → a: joined 1 range leader=a members=a:t,b:t,c:t,d:t | b: joined 1 range leader=a | c: joined 1 range leader=a | d: joined 1 range leader=a`,
      { initialRebalanceDelayMs: 100 }
    ))
})

describe("joining", () => {
  it("is refused outside the bounds of the session timeout", () =>
    play(`
      join +a session=99        → a (): INVALID_SESSION_TIMEOUT
      join +a session=1800001   → a (): INVALID_SESSION_TIMEOUT`))

  it("is refused without a protocol, or with none that all members share", () =>
    play(`
      join +a type=             → a (): INCONSISTENT_GROUP_PROTOCOL
      join +a protocols=        → a (): INCONSISTENT_GROUP_PROTOCOL
      join +a protocols=x,y     → a: joined 1 x leader=a members=a:t
      join +b protocols=z       → b (): INCONSISTENT_GROUP_PROTOCOL
      join +b type=connect protocols=x → b (): INCONSISTENT_GROUP_PROTOCOL`))

  it("from version 4 first gives an id, and waits for whom it gave one", () =>
    play(`
      join +a v4   → a: MEMBER_ID_REQUIRED
      join +b v4   → b: MEMBER_ID_REQUIRED
      join a v4    → -
      join b v4    → a: joined 1 range leader=a members=a:t,b:t | b: joined 1 range leader=a`))

  it("takes a static member in at once, also from version 4", () =>
    play(`
      join +a v4 instance=x   → a: joined 1 range leader=a members=a:t`))

  it("with an id that is not known is refused, also beside members", () =>
    play(`${stable}
      join x   → x: UNKNOWN_MEMBER_ID
      ?        → Stable 2 [a,b]`))

  it("forgets an id that nobody came back with after the session timeout", () =>
    play(`
      join +a v4   → a: MEMBER_ID_REQUIRED
      join +b      → -
      tick 1000    → b: joined 1 range leader=b members=b:t
      join a       → a: UNKNOWN_MEMBER_ID`))

  it("is refused when the group is full", () =>
    play(
      `
      join +a      → a: joined 1 range leader=a members=a:t
      join +b      → b (): GROUP_MAX_SIZE_REACHED`,
      { maxSize: 1 }
    ))

  it("counts who was given an id towards a full group, and lets them in with it", () =>
    play(
      `
      join +a v4   → a: MEMBER_ID_REQUIRED
      join +b v4   → b (): GROUP_MAX_SIZE_REACHED
      join a v4    → a: joined 1 range leader=a members=a:t`,
      { maxSize: 1 }
    ))

  it("chooses the protocol that most members prefer among those that all have", () =>
    play(`
      join +a protocols=x,y     → a: joined 1 x leader=a members=a:t
      join +b protocols=z,y,x   → -
      join +c protocols=y,x     → -
      join a protocols=x,y → a: joined 2 y leader=a members=a:t,b:t,c:t | b: joined 2 y leader=a | c: joined 2 y leader=a`))
})

describe("the leader of a generation", () => {
  it("alone is told of the members, each with what it says for the chosen protocol", () =>
    play(`
      join +a protocols=x:ax,y:ay   → a: joined 1 x leader=a members=a:ax
      join +b protocols=y:by        → -
      join a protocols=x:ax,y:ay    → a: joined 2 y leader=a members=a:ay,b:by | b: joined 2 y leader=a`))

  it("stays the leader while it comes back, whoever joins first", () =>
    play(`${stable}
      join b topics=u   → -
      join a            → a: joined 3 range leader=a members=a:t,b:u | b: joined 3 range leader=a`))

  it("is another member when the one before has not come back", () =>
    play(`${stable}
      join b topics=u   → -
      tick 1000         → b: joined 3 range leader=b members=b:u`))
})

describe("a group that prepares a rebalance", () => {
  it("parks joins until everybody has come back", () => play(stable))

  it("answers syncs and heartbeats with REBALANCE_IN_PROGRESS, and takes commits of the old generation", () =>
    play(`${stable}
      join +c          → -
      sync b gen=2     → b: REBALANCE_IN_PROGRESS
      beat b gen=2     → b: REBALANCE_IN_PROGRESS
      commit b gen=2   → b: ok
      commit b gen=1   → b: ILLEGAL_GENERATION`))

  it("lets a heartbeat prolong the session", () =>
    play(`${stable}
      join +c          → -
      tick 900         → -
      beat b gen=2     → b: REBALANCE_IN_PROGRESS
      tick 1000        → -
      ?                → PreparingRebalance 2 [b,c]
      tick 1899        → -
      ?                → PreparingRebalance 2 [b,c]
      tick 1900        → c: joined 3 range leader=c members=c:t`))

  it("waits as long as the most patient of its members", () =>
    play(`
      join +a session=60000 rebalance=500   → a: joined 1 range leader=a members=a:t
      join +b session=60000 rebalance=2000  → -
      tick 1999                             → -
      tick 2000                             → b: joined 2 range leader=b members=b:t`))

  it("gives up a newcomer whose first join waits for longer than newcomers may", () =>
    play(
      `
      join +a session=60000   → a: joined 1 range leader=a members=a:t
      join +b                 → -
      tick 2999               → -
      tick 3000               → b: UNKNOWN_MEMBER_ID
      ?                       → PreparingRebalance 1 [a]`,
      { newMemberTimeoutMs: 3000 }
    ))

  it("goes on without members that do not come within the longest rebalance timeout", () =>
    play(`
      join +a session=60000             → a: joined 1 range leader=a members=a:t
      join +b session=60000             → -
      tick 4999                         → -
      tick 5000                         → b: joined 2 range leader=b members=b:t
      ?                                 → CompletingRebalance 2 [b]`))

  it("keeps a parked member alive beyond its session", () =>
    play(`
      join +a session=4000 → a: joined 1 range leader=a members=a:t
      join +b session=100  → -
      tick 3999            → -
      ?                    → PreparingRebalance 1 [a,b]`))

  it("answers a join that is repeated on another connection with REBALANCE_IN_PROGRESS on the first", () =>
    play(`${stable}
      join +c → -
      join b  → -
      join b  → b: REBALANCE_IN_PROGRESS`))
})

describe("a group that completes a rebalance", () => {
  const completing = `
    join +a   → a: joined 1 range leader=a members=a:t
    join +b   → -
    join a    → a: joined 2 range leader=a members=a:t,b:t | b: joined 2 range leader=a`

  it("answers an unchanged join with the present generation", () =>
    play(`${completing}
      join b    → b: joined 2 range leader=a
      join a    → a: joined 2 range leader=a members=a:t,b:t`))

  it("rebalances anew when a member changed, and sends parked syncs back", () =>
    play(`${completing}
      sync b gen=2        → -
      join a topics=u     → b: REBALANCE_IN_PROGRESS
      join b              → a: joined 3 range leader=a members=a:u,b:t | b: joined 3 range leader=a`))

  it("rebalances anew when somebody new joins, and sends parked syncs back", () =>
    play(`${completing}
      sync b gen=2        → -
      join +c             → b: REBALANCE_IN_PROGRESS
      ?                   → PreparingRebalance 2 [a,b,c]`))

  it("ends the parked sync of a member whose session has ended with UNKNOWN_MEMBER_ID", () =>
    play(`${completing}
      sync b gen=2        → -
      tick 999            → -
      beat a gen=2        → a: ok
      tick 1000           → b: UNKNOWN_MEMBER_ID
      ?                   → PreparingRebalance 2 [a]`))

  it("answers the first of two syncs of one member with REBALANCE_IN_PROGRESS", () =>
    play(`${completing}
      sync b gen=2        → -
      sync b gen=2        → b: REBALANCE_IN_PROGRESS`))

  it("goes on with those that wait when the leader leaves", () =>
    play(`${completing}
      sync b gen=2        → -
      leave a             → a: left | b: REBALANCE_IN_PROGRESS
      join b              → b: joined 3 range leader=b members=b:t`))

  it("parks followers until the leader assigns; who gets nothing gets zero bytes", () =>
    play(`${completing}
      sync b gen=2                → -
      sync a gen=2 give=a:0       → a: synced "0" | b: synced ""`))

  it("says OK to heartbeats, and REBALANCE_IN_PROGRESS to commits", () =>
    play(`${completing}
      beat a gen=2     → a: ok
      commit a gen=2   → a: REBALANCE_IN_PROGRESS`))

  it("checks member, then generation, then protocol of a sync", () =>
    play(`${completing}
      sync x gen=9              → x: UNKNOWN_MEMBER_ID
      sync b gen=1 type=other   → b: ILLEGAL_GENERATION
      sync b gen=2 type=other   → b: INCONSISTENT_GROUP_PROTOCOL
      sync b gen=2 protocol=rr  → b: INCONSISTENT_GROUP_PROTOCOL`))

  it("sends away who has not synced within the rebalance timeout", () =>
    play(`
      join +a session=60000         → a: joined 1 range leader=a members=a:t
      join +b session=60000         → -
      join a session=60000 → a: joined 2 range leader=a members=a:t,b:t | b: joined 2 range leader=a
      sync a gen=2 give=a:0,b:1     → a: synced "0"
      tick 4999                     → -
      ?                             → Stable 2 [a,b]
      tick 5000                     → -
      ?                             → PreparingRebalance 2 [a]`))
})

describe("a stable group", () => {
  it("answers a follower that rejoins unchanged at once", () =>
    play(`${stable}
      join b → b: joined 2 range leader=a
      ?      → Stable 2 [a,b]`))

  it("rebalances when the leader rejoins, or a follower changed", () => {
    play(`${stable}
      join a → -
      ?      → PreparingRebalance 2 [a,b]`)
    play(`${stable}
      join b topics=u → -
      ?      → PreparingRebalance 2 [a,b]`)
  })

  it("answers sync, heartbeat and commit of its generation, and no other", () =>
    play(`${stable}
      sync b gen=2     → b: synced "1"
      beat b gen=2     → b: ok
      beat b gen=1     → b: ILLEGAL_GENERATION
      commit b gen=2   → b: ok
      commit b gen=1   → b: ILLEGAL_GENERATION
      commit - gen=-1  → -: UNKNOWN_MEMBER_ID`))

  it("gives up a member whose session has ended", () =>
    play(`${stable}
      tick 999         → -
      beat a gen=2     → a: ok
      tick 1000        → -
      ?                → PreparingRebalance 2 [a]
      join a           → a: joined 3 range leader=a members=a:t`))
})

describe("leaving", () => {
  it("rebalances the others, and the last one leaves the group empty", () =>
    play(`${stable}
      leave b   → b: left
      join a    → a: joined 3 range leader=a members=a:t
      leave a   → a: left
      ?         → Empty 4 []`))

  it("answers each of several members", () =>
    play(`${stable}
      leave b,x,a → b: left | x: UNKNOWN_MEMBER_ID | a: left
      ?           → Empty 3 []`))

  it("ends the parked join of the member", () =>
    play(`${stable}
      join b topics=u → -
      leave b         → b: left | b: UNKNOWN_MEMBER_ID`))

  it("takes back an id that was given out", () =>
    play(`
      join +a v4 → a: MEMBER_ID_REQUIRED
      join +b    → -
      leave a    → a: left | b: joined 1 range leader=b members=b:t`))
})

describe("time", () => {
  it("matters to a group only while something can lapse", () => {
    const machine = makeGroup(defaultGroupConfig)
    const group = emptyGroup("g", 0)
    expect(machine.wakeAt(group)).toBeUndefined()
    const [pending] = machine.step(group, {
      _tag: "Join",
      caller: 1,
      memberId: "",
      instanceId: null,
      newMemberId: "a",
      clientId: "c",
      clientHost: "h",
      sessionTimeoutMs: 700,
      rebalanceTimeoutMs: 5000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(0) }],
      memberIdRequired: true,
      canSkipAssignment: false
    })
    expect(machine.wakeAt(pending)).toBe(700)
  })
})
