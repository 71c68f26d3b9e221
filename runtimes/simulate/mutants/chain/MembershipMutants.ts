import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const membership = planted("chain", "core/chain/Membership.ts")
const changes = planted("chain", "core/chain/Changes.ts")
const state = planted("chain", "core/chain/ChainState.ts")
const tree = planted("chain", "core/chain/BlockTree.ts")
const receive = planted("chain", "core/chain/Receive.ts")
const election = planted("chain", "core/chain/Election.ts")

/** Bugs of changes of the members, and of nodes that have lost their disk. */
export const membershipMutants: ReadonlyArray<Mutant> = [
  state(
    "configuration-when-committed",
    "It goes by the configuration that is committed, so that two majorities have nobody in common (B3; etcd, raft-rs).",
    [
      `configurationOf = (state: ChainState): Configuration => state.tree.head.configuration`,
      `configurationOf = (state: ChainState): Configuration => state.commit.configuration`
    ]
  ),
  tree("configuration-of-another-branch", "A block has the configuration of the head that it is added beside.", [
    `configuration: changes ? body.configuration : parent.configuration,`,
    `configuration: changes ? body.configuration : tree.head.configuration,`
  ]),
  membership(
    "change-before-own-commit",
    "A leader changes the members before it has committed a block of its own term (B2; Ongaro's erratum of 2015).",
    [
      `if (state.commit.block.id.term !== state.term || !isSettled(state)) return false`,
      `if (!isSettled(state)) return false`
    ]
  ),
  membership("joint-left-early", "It leaves the joint configuration before that is committed (B4; Camunda).", [
    `state.term || !isSettled(state)) return false`,
    `state.term || (!isSettled(state) && configurationOf(state).outgoing === undefined)) return false`
  ]),
  membership("change-on-change", "It begins a change before the one before is committed.", [
    `state.term || !isSettled(state)) return false`,
    `state.term || (!isSettled(state) && configurationOf(state).outgoing !== undefined)) return false`
  ]),
  membership("joint-for-ever", "It never leaves the joint configuration.", [
    `    append(state, lead, final(configuration))\n`,
    ``
  ]),
  membership("changed-at-once", "It goes from the old members to any new ones in one step.", [
    `append(state, lead, joint(configuration, change.target))`,
    `append(state, lead, { members: joint(configuration, change.target).members })`
  ]),
  membership("changed-too-early", "It says that a change is done when the joint configuration is appended.", [
    `  change.stage = "Joint"\n`,
    `  change.stage = "Joint"\n  answerChanged(state, change)\n`
  ]),
  membership("newcomers-unsent", "It sends new members nothing.", [
    `    lead.progress.push(makeProgress(member.id, id.counter, state.now, member.incarnation))\n`,
    ``
  ]),
  membership("removed-leader-stays", "A leader that is no member any more goes on leading (thesis 4.2.2).", [
    `  if (memberOf(configuration, state.settings.id)?.role !== "Voter") return true\n`,
    ``
  ]),
  membership(
    "joint-change-refused",
    "It says of a change whose time is up that it will have no effect, though it is under way.",
    [
      `if (change.stage === "Joint" || lead === undefined) answerUnknown(state, change)`,
      `if (lead === undefined) answerUnknown(state, change)`
    ]
  ),
  membership(
    "lost-change-refused",
    "A leader that leads no more says of its change that it will have no effect, though the next leader goes on with it.",
    [
      `  if (change.stage === "Waiting") refuse(state, change, "NoLeader")\n  else answerUnknown(state, change)\n`,
      `  refuse(state, change, "NoLeader")\n`
    ]
  ),
  membership("never-caught-up", "It never finds that a new voter has caught up.", [
    `if (!round.done && progress.match >= round.goal)`,
    `if (!round.done && progress.match > state.tree.head.block.id.counter)`
  ]),
  membership(
    "stranger-unknown",
    "It takes a node that has lost its disk for the one it was (B16; TigerBeetle, etcd).",
    [`if (known === 0 || incarnation === 0 || known === incarnation) return false`, `if (known >= 0) return false`],
    [`return progress.incarnation === incarnation`, `return true`]
  ),
  membership("stranger-untold", "It does not tell a node that has lost its disk that nobody counts it.", [
    `  if (isSettled(state)) send(state, from, { _tag: "Estranged", term: state.term })\n`,
    ``
  ]),
  membership("incarnation-never-entered", "It never enters which disk a node has (B16).", [
    `  if (next !== configuration) append(state, lead, next)\n`,
    ``
  ]),
  receive(
    "stranger-votes",
    "It counts the vote of a node that has lost its disk, and with it what it had voted for (B16; TigerBeetle).",
    [`message.term <= state.term && !isEstranged(state, from, incarnation)) {`, `message.term <= state.term) {`]
  ),
  receive(
    "stranger-acks",
    "It counts what a node acknowledges that has lost its disk (B16; etcd).",
    [`state.lead !== undefined && !isEstranged(state, from, incarnation)) {`, `state.lead !== undefined) {`],
    [
      `if (progress === undefined || !noteIncarnation(lead, progress, incarnation)) return`,
      `if (progress === undefined || noteIncarnation === undefined) return`
    ]
  ),
  receive("estranged-goes-on", "A node that has lost its disk goes on when it is told so.", [
    `  halt(\n    state,\n    "it has lost`,
    `  String(\n    state,\n    "it has lost`
  ]),
  changes("joint-without-outgoing", "Its joint configuration has only the new members.", [
    `  members: settled(configuration, members),\n  outgoing: configuration.members\n`,
    `  members: settled(configuration, members)\n`
  ]),
  changes("outgoing-are-incoming", "Its joint configuration has the new members twice.", [
    `  outgoing: configuration.members\n`,
    `  outgoing: settled(configuration, members)\n`
  ]),
  changes("old-members-stay", "The configuration that ends a joint one has the old members.", [
    `export const final = ({ members }: Configuration): Configuration => ({ members })`,
    `export const final = ({ members, outgoing }: Configuration): Configuration => ({ members: outgoing ?? members })`
  ]),
  changes("new-voters-counted", "New voters are counted from the beginning, though they have nothing yet.", [
    `({ ...member, role: "Learner" })`,
    `({ ...member })`
  ]),
  election(
    "removed-stays-away",
    "A leader that has removed itself does not come back before that is committed, and nobody else can be elected (thesis 4.2.2).",
    [
      `(isVoter(configuration, id) || (!isSettled(state) && isVoter(commit.configuration, id))) &&`,
      `isVoter(configuration, id) &&`
    ]
  )
]
