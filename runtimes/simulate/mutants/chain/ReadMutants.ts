import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const read = planted("chain", "core/chain/Read.ts")
const step = planted("chain", "core/chain/Step.ts")
const transfer = planted("chain", "core/chain/Transfer.ts")
const election = planted("chain", "core/chain/Election.ts")

const lease = `  for (const { at, round } of lead.sent) if (at > since) return isAnswered(state, lead, round)\n`

/** Bugs of reads, of leases, and of handing the leadership over. */
export const readMutants: ReadonlyArray<Mutant> = [
  read(
    "read-before-own-commit",
    "A new leader answers a read before it knows all that is committed (B13; etcd, raft-rs, TiKV).",
    [
      `if (lead.reading !== undefined || state.commit.block.id.term !== state.term) return`,
      `if (lead.reading !== undefined) return`
    ]
  ),
  read("read-unconfirmed", "A leader answers a read without asking whether it still leads (B18; Redis-Raft).", [
    `  if (hasLease(state, lead)) answer(state, lead)\n`,
    `  if (true) answer(state, lead)\n`
  ]),
  read("read-confirmed-by-old-round", "It takes the answer to an earlier message for a sign that it still leads.", [
    `  const round = lead.round + 1\n`,
    `  const round = Math.max(0, lead.round - lead.progress.length)\n`
  ]),
  read("read-confirmed-by-one", "It takes the answer of one follower for that of a quorum.", [
    `const isAnswered = (state: ChainState, lead: Leadership, round: number): boolean =>\n`,
    `const isAnswered = (state: ChainState, lead: Leadership, round: number): boolean =>\n  lead.progress.some((progress) => progress.answered >= round) ||\n`
  ]),
  read("read-confirmed-by-nobody", "It counts those for a read who have not answered.", [
    `return progress.answered >= round\n`,
    `return progress.answered >= 0\n`
  ]),
  read("follower-reads-at-once", "A follower answers a read before it has applied what the leader had committed.", [
    `state.waitingReads.push({ counter: message.block.counter,`,
    `state.waitingReads.push({ counter: 0,`
  ]),
  read("old-answer-for-new-read", "It answers a read with what the leader said to an earlier one (B13; raft-rs).", [
    `if (asked === undefined || asked.request !== message.request) return`,
    `if (asked === undefined) return`
  ]),
  read("reads-join-late", "It answers reads with a round that began before they came.", [
    `  lead.reading = undefined\n  if (reading === undefined) return\n`,
    `  lead.reading = undefined\n  if (reading === undefined) return\n  ready(state, state.reads)\n  state.reads = []\n`
  ]),
  read("read-never-asked", "A follower never asks its leader for the place of its reads.", [
    `  send(state, asked.to, { _tag: "ReadIndex", term: state.term, request: asked.request })\n`,
    ``
  ]),
  read(
    "lease-too-long",
    "Its lease lasts longer than followers wait before they elect another leader (B14; SOFAJRaft).",
    [`electionMs * (1 - leaseDriftPercent / 100)`, `electionMs * 2`]
  ),
  read("lease-since-answer", "It counts its lease from when it was answered, not from when it asked (B14).", [
    lease,
    `  return hasQuorum(configurationOf(state), (id) => id === state.settings.id || lead.progress.some((each) => each.id === id && each.answeredAt > since))\n`
  ]),
  read("lease-by-one", "It takes one follower's answer for a lease.", [
    lease,
    `  return lead.progress.some((each) => each.answeredAt > since)\n`
  ]),
  read("lease-kept-in-transfer", "It keeps its lease when it has asked another node to take over (B14; etcd).", [
    `lead.leaseLost || lead.transfer !== undefined`,
    `false`
  ]),
  step(
    "lease-forgotten-at-restart",
    "A node that has answered a lease votes for another leader as soon as it has started again (B14).",
    [`  if (state.settings.leaseDriftPercent !== undefined) state.heardAt = state.now\n`, ``]
  ),
  transfer(
    "transfer-to-anybody",
    "It hands over to a node that is no voter, which takes over (B15; consul).",
    [`return voterOf(state, to) === undefined ? "BadChange" : undefined`, `return undefined`],
    [
      `if (state.lead !== undefined || from !== state.leader || !canLead(state)) return`,
      `if (state.lead !== undefined || from !== state.leader) return`,
      "core/chain/Election.ts"
    ]
  ),
  transfer("transfer-never-ends", "A leader whose successor does not take over refuses proposals for ever.", [
    `  lead.transfer = undefined\n  if (request.told) answerUnknown`,
    `  if (request.done) return\n  if (request.told) answerUnknown`
  ]),
  transfer("transfer-unsaid", "It never tells its successor to take over.", [
    `  send(state, request.to, { _tag: "TimeoutNow", term: state.term })\n`,
    ``
  ]),
  election(
    "takes-over-by-pre-vote",
    "A node that is to take over asks first whether it would be elected, and nobody who hears the leader says so (B21; canonical/raft).",
    [`  arm(state)\n  stand(state, true)\n`, `  campaign(state)\n`]
  )
]
