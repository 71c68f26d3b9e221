import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const group = planted("groups", "core/broker/Group.ts")
const draft = planted("groups", "core/broker/GroupDraft.ts")
const rebalance = planted("groups", "core/broker/GroupRebalance.ts")
const broker = planted("groups", "core/broker/Broker.ts")

/** Bugs of a group's coordinator. */
export const coordinatorMutants: ReadonlyArray<Mutant> = [
  group("any-generation", "It takes a commit of any generation for one of the present.", [
    `  if (input.generation !== draft.generation) return "ILLEGAL_GENERATION"\n  if (draft.phase === "CompletingRebalance")`,
    `  if (draft.phase === "CompletingRebalance")`
  ]),
  group("any-heartbeat", "It takes a heartbeat of any generation for one of the present.", [
    `  if (input.generation !== draft.generation) return "ILLEGAL_GENERATION"\n  if (member.joining === undefined) draft.touch(member)\n  return draft.phase`,
    `  if (member.joining === undefined) draft.touch(member)\n  return draft.phase`
  ]),
  group("sync-while-preparing", "It takes a leader's shares while it already prepares the next generation.", [
    `  if (draft.phase === "PreparingRebalance") return draft.refuseSync(input.caller, "REBALANCE_IN_PROGRESS")\n`,
    ``
  ]),
  group("stranger-commits", "It lets somebody commit who is in no group, though the group has members.", [
    `if (input.generation < 0 && draft.phase === "Empty") return "NONE"`,
    `if (input.generation < 0) return "NONE"`
  ]),
  group("restless", "It rebalances when a follower joins again that has nothing new to say.", [
    `  if (!rejoins) {\n`,
    `  if (false) {\n`
  ]),
  group("news-unheard", "It does not rebalance when a follower joins again that has something new to say.", [
    `draft.phase === "PreparingRebalance" || !unchanged ||`,
    `draft.phase === "PreparingRebalance" ||`
  ]),
  group("join-unheard-while-preparing", "It answers a join at once that comes while it waits for members.", [
    `draft.phase === "PreparingRebalance" || !unchanged ||`,
    `!unchanged ||`
  ]),
  group("pending-uncounted", "It does not count ids that were given out towards a full group.", [
    `const others = draft.members.size + draft.pending.size - (draft.pending.has(memberId) ? 1 : 0)`,
    `const others = draft.members.size`
  ]),
  group("pending-counted-twice", "It counts somebody who comes back with an id that was given out as one more.", [
    ` - (draft.pending.has(memberId) ? 1 : 0)`,
    ``
  ]),
  group("pending-kept", "It goes on waiting for an id whose owner has come back with it.", [
    `    draft.pending.delete(memberId)\n    return admit`,
    `    return admit`
  ]),
  group("pending-forever", "It never takes back an id that was given out.", [
    `  for (const [memberId, lapse] of draft.pending) if (lapse <= now) draft.pending.delete(memberId)\n`,
    ``
  ]),
  group("patient", "It never gives a member up.", [
    `filter((member) => member.sessionDeadline <= now)`,
    `filter(() => false)`
  ]),
  group("deaf-while-preparing", "It does not count a heartbeat as a sign of life while it prepares a rebalance.", [
    `  if (member.joining === undefined) draft.touch(member)\n  return draft.phase`,
    `  if (member.joining === undefined && draft.phase !== "PreparingRebalance") draft.touch(member)\n  return draft.phase`
  ]),
  group("deaf", "It does not count a heartbeat as a sign of life.", [
    `  if (member.joining === undefined) draft.touch(member)\n  return draft.phase`,
    `  return draft.phase`
  ]),
  group("commit-is-no-life", "It does not count a commit as a sign of life.", [
    `  if (member.joining === undefined) draft.touch(member)\n  return "NONE"`,
    `  return "NONE"`
  ]),
  group("sync-is-no-life", "It does not count a sync as a sign of life.", [
    `const sessionDeadline = draft.now + member.sessionTimeoutMs\n`,
    `const { sessionDeadline } = member\n`
  ]),
  group("waiting-join-lapses", "It gives a member up whose join it is holding.", [
    `    sessionDeadline: Infinity,\n`,
    `    sessionDeadline: draft.now + input.sessionTimeoutMs,\n`
  ]),
  group("join-answered-by-nobody", "It forgets a member's first join when that member joins again.", [
    `  if (member.joining !== undefined) draft.refuseJoin(member.joining, "REBALANCE_IN_PROGRESS", member.id)\n`,
    ``
  ]),
  group("sync-answered-by-nobody", "It forgets a member's first sync when that member syncs again.", [
    `  if (member.syncing !== undefined) draft.refuseSync(member.syncing, "REBALANCE_IN_PROGRESS")\n  draft.change(member, { synced: true`,
    `  draft.change(member, { synced: true`
  ]),
  group("forgets-static", "It gives a static member that comes back nothing of what it had.", [
    `{ ...member, id, joining: undefined, syncing: undefined } : member)`,
    `{ ...member, id, assignment: noAssignment, joining: undefined, syncing: undefined } : member)`
  ]),
  group("static-join-unanswered", "It forgets the join of a static member's old process when the new one joins.", [
    `  if (old.joining !== undefined) draft.refuseJoin(old.joining, "FENCED_INSTANCE_ID", old.id)\n`,
    ``
  ]),
  group("static-sync-unanswered", "It forgets the sync of a static member's old process when the new one joins.", [
    `  if (old.syncing !== undefined) draft.refuseSync(old.syncing, "FENCED_INSTANCE_ID")\n`,
    ``
  ]),
  group("static-twice", "It takes a static member that comes back for one more.", [
    `const known = memberId === "" && instanceId !== null ? draft.memberOfInstance(instanceId) : undefined`,
    `const known = undefined`
  ]),
  group("static-in-any-phase", "It answers a static member that comes back at once, whatever the group waits for.", [
    `if (draft.phase !== "Stable" || draft.electProtocol() !== draft.protocol) return rebalance(draft)`,
    `if (draft.electProtocol() !== draft.protocol) return rebalance(draft)`
  ]),
  group("only-leader-assigned", "It tells nobody but the leader what was assigned.", [
    `if (member.syncing !== undefined) draft.acceptSync(member.syncing, assigned)`,
    `if (member.syncing !== undefined && member.id === draft.leader) draft.acceptSync(member.syncing, assigned)`
  ]),
  group("shares-of-followers", "It takes the shares that any member brings.", [
    `if (member.id === draft.leader) assign(draft, input)`,
    `assign(draft, input)`
  ]),
  group("leaving-nobody", "It does not rebalance when members leave.", [
    `  if (gone.size > 0) removeAndRebalance(draft, [...gone])\n  else completeJoinWhenReady(draft)`,
    `  for (const member of gone) draft.remove(member, "UNKNOWN_MEMBER_ID")\n  completeJoinWhenReady(draft)`
  ]),
  draft("unfenced", "It lets the process that a static member was before go on under its old id.", [
    `      if (holder !== undefined && holder.id !== memberId) return "FENCED_INSTANCE_ID"\n`,
    ``
  ]),
  draft("gone-unanswered", "It forgets the join of a member that it takes out.", [
    `    if (member.joining !== undefined) this.refuseJoin(member.joining, error, member.id)\n`,
    ``
  ]),
  draft("gone-sync-unanswered", "It forgets the sync of a member that it takes out.", [
    `    if (member.syncing !== undefined) this.refuseSync(member.syncing, error)\n`,
    ``
  ]),
  draft("roster-for-all", "It tells every member who is in the group, as if each led it.", [
    `leader: this.leader ?? "",\n      memberId: member.id,\n      members: member.id === this.leader ? this.roster() : [],`,
    `leader: member.id,\n      memberId: member.id,\n      members: this.roster(),`
  ]),
  draft(
    "shortest-rebalance",
    "It waits no longer than the most hurried member wants.",
    [`let longest = 1\n`, `let longest = Infinity\n`],
    [
      `longest = Math.max(longest, member.rebalanceTimeoutMs)`,
      `longest = Math.min(longest, member.rebalanceTimeoutMs / 100)`
    ]
  ),
  draft("protocol-of-one", "It chooses a protocol that not all members know.", [
    `      if (!protocols.some((protocol) => protocol.name === name)) return false\n`,
    ``
  ]),
  rebalance("generation-again", "It begins a generation with a number that was used before.", [
    `  draft.generation += 1\n`,
    `  draft.generation = Math.max(1, draft.generation)\n`
  ]),
  rebalance("generation-back", "It begins a generation with the number of the one before the last.", [
    `  draft.generation += 1\n`,
    `  draft.generation += draft.generation % 3 === 2 ? -1 : 1\n`
  ]),
  rebalance("rebalance-leaves-syncs", "It forgets who waits for a share when it begins to wait for members again.", [
    `      if (member.syncing !== undefined) draft.refuseSync(member.syncing, "REBALANCE_IN_PROGRESS")\n`,
    ``
  ]),
  rebalance("first-come-only", "It begins a generation as soon as one member has come.", [
    `    for (const member of draft.members.values()) if (member.joining === undefined) return\n`,
    ``
  ]),
  rebalance("absent-kept", "It keeps members in a generation that have not come.", [
    `    if (member.joining === undefined && member.instanceId === null) draft.members.delete(member.id)\n`,
    ``
  ]),
  rebalance("leader-gone", "It goes on with a leader that has not come.", [
    `if (!joined.some(({ id }) => id === draft.leader)) draft.leader`,
    `if (draft.leader === null) draft.leader`
  ]),
  rebalance("joined-lapse-at-once", "It does not count the end of a join as a sign of life.", [
    `      sessionDeadline: draft.now + member.sessionTimeoutMs\n`,
    `      sessionDeadline: draft.now + 1\n`
  ]),
  rebalance("joined-never-lapse", "It never gives a member up that has joined and was not heard since.", [
    `      sessionDeadline: draft.now + member.sessionTimeoutMs\n`,
    `      sessionDeadline: Infinity\n`
  ]),
  rebalance("gone-not-shared-out", "It does not share out anew what somebody had who is gone.", [
    `  if (draft.phase === "PreparingRebalance") completeJoinWhenReady(draft)\n  else rebalance(draft)\n`,
    `  completeJoinWhenReady(draft)\n`
  ]),
  rebalance("initial-never-over", "It holds the first rebalance open for as long as the group lives.", [
    `  draft.initial = undefined\n  completeJoin(draft)\n`,
    `  completeJoinWhenReady(draft)\n`
  ]),
  broker("twice", "It answers a heartbeat twice.", [
    `? state.reply(ticket.call, { errorCode: ErrorCode[output.error] }) : undefined`,
    `? (state.reply(ticket.call, { errorCode: ErrorCode[output.error] }), state.reply(ticket.call, { errorCode: ErrorCode[output.error] })) : undefined`
  ]),
  broker("asleep", "It does not have itself woken for a group.", [
    `  state.alarms.set(\`g \${id}\`, isIdle ? undefined : machine.wakeAt(group))\n`,
    ``
  ]),
  broker("late-clock", "It gives a group's request to it before the time.", [
    `  if (group.now !== state.now) step({ _tag: "Tick", now: state.now })\n`,
    ``
  ]),
  broker("emptied-while-pending", "It forgets a group in which somebody was given an id.", [
    `const isIdle = group.phase === "Empty" && group.pending.size === 0`,
    `const isIdle = group.phase === "Empty"`
  ])
]
