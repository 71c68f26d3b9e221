import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const election = planted("chain", "core/chain/Election.ts")
const receive = planted("chain", "core/chain/Receive.ts")
const roles = planted("chain", "core/chain/Roles.ts")
const step = planted("chain", "core/chain/Step.ts")

const leased = `state.lead !== undefined || (from !== state.heardFrom && state.now - state.heardAt < state.settings.electionMs)`

/** Bugs of elections: who campaigns, who votes, and what a vote counts. */
export const electionMutants: ReadonlyArray<Mutant> = [
  election(
    "vote-by-commit",
    "It votes for whoever has what it knows to be committed, and not for whoever has what it acknowledged (josefine's can_vote).",
    [`!isAfter(state.tree.head.block.id, head)`, `!isAfter(state.commit.block.id, head)`]
  ),
  election("vote-for-anybody", "It votes for whoever asks, whatever that node has.", [
    `!isAfter(state.tree.head.block.id, head)`,
    `head !== undefined && state !== undefined`
  ]),
  election("vote-by-length", "It votes for the longer chain, though the shorter one may be of a later term.", [
    `!isAfter(state.tree.head.block.id, head)`,
    `state.tree.head.block.id.counter <= head.counter`
  ]),
  election("vote-by-term", "It votes for whoever has a block of the same term, however few of them.", [
    `!isAfter(state.tree.head.block.id, head)`,
    `state.tree.head.block.id.term <= head.term`
  ]),
  election(
    "vote-twice",
    "It votes for two candidates of one term.",
    [`    (state.vote === 0 || state.vote === from) &&\n`, ``],
    [`if (granted && state.vote === 0) {`, `if (granted) {`]
  ),
  election(
    "vote-for-any-term",
    "It votes for a candidate of an earlier term (josefine ignores the request's term).",
    [`    message.term === state.term &&\n    (state.vote`, `    (state.vote`],
    [
      `send(state, from, { _tag: "VoteReply", term: state.term, granted })`,
      `send(state, from, { _tag: "VoteReply", term: message.term, granted })`
    ]
  ),
  election("vote-unwritten", "It does not write down whom it has voted for (B8; nodedb).", [
    `    state.vote = from\n    writeBallot(state)\n`,
    `    state.vote = from\n`
  ]),
  election("own-vote-unwritten", "It does not write down that it has voted for itself (B8; hashicorp).", [
    `  state.leader = 0\n  writeBallot(state)\n`,
    `  state.leader = 0\n`
  ]),
  election(
    "own-vote-unsaid",
    "It campaigns without voting for itself, and may vote for another one in the same term.",
    [`  state.vote = state.settings.id\n`, `  state.vote = 0\n`]
  ),
  election("same-term", "It campaigns in the term that it is in.", [
    `  state.term++\n`,
    `  state.term = Math.max(1, state.term)\n`
  ]),
  election("pre-vote-counts", "It counts a pre-vote as a vote.", [`own.phase !== phase || own.granted`, `own.granted`]),
  election(
    "pre-vote-missing",
    "It stands for election without asking whether it would be elected, and deposes a good leader each time it comes back.",
    [
      `  if (elects(state, state.campaign.granted)) stand(state, false)\n  else ask`,
      `  if (state.campaign !== undefined) stand(state, false)\n  else ask`
    ]
  ),
  election(
    "pre-vote-refreshes",
    "Whoever grants a pre-vote waits anew, as if a leader had been heard (B21; canonical/raft).",
    [
      `message: Message & { readonly _tag: "PreVote" }): void =>\n  send(state, from, {`,
      `message: Message & { readonly _tag: "PreVote" }): void =>\n  (hear(state, from), arm(state), 0) || send(state, from, {`
    ]
  ),
  election(
    "disrupted",
    "It votes although it hears its leader, so that a node that was cut off or removed deposes the leader (B24; hashicorp).",
    [leased, `state.lead !== undefined && from === 0`]
  ),
  election(
    "transfer-refused",
    "It refuses its vote to the node that the leader itself has asked to take over (B21; canonical/raft).",
    [`  !transfer && isLeased(state, from)`, `  (transfer || true) && isLeased(state, from)`]
  ),
  election("anybody-leads", "A learner or a witness campaigns (B15; consul).", [
    `(isVoter(configuration, id) || (!isSettled(state) && isVoter(commit.configuration, id))) &&`,
    `memberOf(configuration, id) !== undefined &&`
  ]),
  election("removed-leads", "A node that is no member campaigns (B15; ra).", [
    `(isVoter(configuration, id) || (!isSettled(state) && isVoter(commit.configuration, id))) &&`,
    `(isVoter(configuration, id) || memberOf(configuration, id) === undefined) &&`
  ]),
  election(
    "learner-abstains",
    "A node that believes to be a learner does not vote, though it may have been promoted without knowing (B25; etcd).",
    [
      `    state.lead === undefined &&\n`,
      `    state.lead === undefined &&\n    isVoter(configurationOf(state), state.settings.id) &&\n`
    ]
  ),
  election(
    "voted-once-for-ever",
    "It campaigns only where it has voted for nobody, so that no leader follows on the first (josefine's apply_timeout).",
    [
      `  if (!canLead(state)) return\n  const { id }`,
      `  if (!canLead(state) || state.vote !== 0) return\n  const { id }`
    ]
  ),
  election(
    "equal-patience",
    "All nodes wait for the same time, and their campaigns collide again and again (B29; TigerBeetle).",
    [`below(state.dice, spreadMs + 1)`, `(below === undefined ? spreadMs : 0)`]
  ),
  election("patience-of-zero", "It does not wait for a leader before it campaigns.", [
    `state.patience = electionMs + below(`,
    `state.patience = 0 * electionMs + below(`
  ]),
  election("never-again", "After a campaign that has failed it never campaigns again.", [
    `  arm(state)\n  state.leader = 0\n  state.campaign = undefined\n`,
    `  state.electionAt = Infinity\n  state.leader = 0\n  state.campaign = undefined\n`
  ]),
  receive("late-vote-counted", "It counts a vote of an earlier term (B12; etcd).", [
    `else if (message.term === state.term && onVoteGranted`,
    `else if (onVoteGranted`
  ]),
  receive(
    "refusals-untold",
    "It learns no term from a refused pre-vote, and asks in vain for ever (B20; etcd, openraft).",
    [
      `message._tag === "PreVote") return false`,
      `message._tag === "PreVote" || message._tag === "PreVoteReply") return false`
    ]
  ),
  receive("pre-vote-adopted", "It adopts the term of a pre-vote, whose sender has not adopted it either.", [
    `if (message.term <= state.term || message._tag === "PreVote") return false`,
    `if (message.term <= state.term) return false`
  ]),
  receive("stale-leader-followed", "It takes what a leader of an earlier term sends (josefine's apply_heartbeat).", [
    `  if (term < state.term) {\n`,
    `  if (term < 0) {\n`
  ]),
  receive("candidate-obstinate", "A candidate does not give way to the leader of its term, and campaigns on.", [
    `  if (state.campaign !== undefined) follow(state, term)\n  hear(state, from)\n`,
    `  if (state.campaign === undefined) hear(state, from)\n`
  ]),
  receive("leader-unheard", "It does not take a leader's message for a sign of life.", [
    `  hear(state, from)\n  return true`,
    `  state.leader = from\n  return true`
  ]),
  roles("term-unwritten", "It does not write down a later term that it has heard of (B8).", [
    `    state.leader = 0\n    writeBallot(state)\n`,
    `    state.leader = 0\n`
  ]),
  roles("vote-kept", "It takes the vote of an earlier term for one of the present term.", [`    state.vote = 0\n`, ``]),
  roles("vote-erased", "It forgets whom it has voted for when it steps down in the same term (B8; redpanda).", [
    `  state.campaign = undefined\n  if (lead !== undefined) resign(state, lead)\n`,
    `  state.campaign = undefined\n  state.vote = 0\n  if (lead !== undefined) resign(state, lead)\n`
  ]),
  roles("leads-on", "It adopts a later term and goes on leading in it.", [
    `  if (lead !== undefined) resign(state, lead)\n`,
    ``
  ]),
  roles("no-opening", "It leads without a block of its own, so that what it inherited is not committed.", [
    `  extend(state, { _tag: "Opening" }, 0)\n`,
    `  void extend\n`
  ]),
  step("quorum-unchecked", "A leader goes on without its quorum (B22; the outage at Cloudflare).", [
    `if (hasFollowers(state, lead)) speak(state, lead)`,
    `if (hasFollowers(state, lead) || true) speak(state, lead)`
  ]),
  step("heartbeats-missing", "A leader that has nothing to say says nothing.", [
    `if (hasFollowers(state, lead)) speak(state, lead)`,
    `if (hasFollowers(state, lead)) void speak`
  ]),
  step("own-vote-uncounted", "It waits for one vote more than it needs, since it never counts its own.", [
    `if (state.campaign !== undefined && countOwnVote(state, state.campaign)) becomeLeader(state)\n  else if`,
    `if (state.campaign !== undefined && countOwnVote(state, { ...state.campaign, granted: [] })) becomeLeader(state)\n  else if`
  ])
]
