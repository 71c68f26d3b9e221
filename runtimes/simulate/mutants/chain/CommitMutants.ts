import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const commit = planted("chain", "core/chain/Commit.ts")
const append = planted("chain", "core/chain/Append.ts")
const extend = planted("chain", "core/chain/Extend.ts")
const tree = planted("chain", "core/chain/BlockTree.ts")
const block = planted("chain", "core/chain/Block.ts")
const receive = planted("chain", "core/chain/Receive.ts")
const progress = planted("chain", "core/chain/Progress.ts")
const replication = planted("chain", "core/chain/Replication.ts")
const quorum = planted("chain", "core/chain/Quorum.ts")

/** Bugs of blocks: how they are named, sent, stored, counted and committed. */
export const commitMutants: ReadonlyArray<Mutant> = [
  commit(
    "figure-eight",
    "It commits a block of an earlier term because a quorum has it (B1; Figure 8 of the Raft paper, CCF, josefine).",
    [`if (entry.block.id.term === state.term) advance(state, entry)`, `advance(state, entry)`]
  ),
  commit(
    "applied-again",
    "It applies the block of its commit marker again with those that follow (josefine's apply range).",
    [
      `for (let height = low; height <= high; height++) {\n    const each`,
      `for (let height = Math.max(low - 1, tree.base + 1); height <= high; height++) {\n    const each`
    ]
  ),
  commit(
    "last-not-applied",
    "It moves its commit marker over a block that it does not apply (josefine's apply range).",
    [
      `state.outputs.push({ _tag: "Committed", block, waiting })`,
      `if (height < high || low === high) state.outputs.push({ _tag: "Committed", block, waiting })`
    ]
  ),
  commit(
    "marker-by-height",
    "It commits what it has at the height of the leader's marker, on whatever branch (josefine's range over ids).",
    [
      `const entry = findBlock(state.tree, marker)`,
      `const entry = marker.counter <= state.tree.head.block.id.counter ? pathAt(state.tree, marker.counter) : undefined`
    ]
  ),
  commit("marker-capped-at-head", "It commits its own head where it lacks the block of the leader's marker.", [
    `const entry = findBlock(state.tree, marker)`,
    `const entry = findBlock(state.tree, marker) ?? state.tree.head`
  ]),
  commit(
    "marker-goes-back",
    "It takes its commit marker back to an older one.",
    [`if (marker.counter <= state.commit.block.id.counter || state`, `if (state`],
    [
      `  if (entry !== undefined) advance(state, entry)\n}`,
      `  if (entry !== undefined && marker.counter < state.commit.block.id.counter) state.commit = entry\n  else if (entry !== undefined && entry !== state.commit) advance(state, entry)\n}`
    ]
  ),
  commit(
    "committed-by-configuration-of-old",
    "It counts by the configuration that is committed, not by the newest one that it has (B3; etcd, raft-rs).",
    [`const configuration = configurationOf(state)\n`, `const { configuration } = (configurationOf, state.commit)\n`]
  ),
  append(
    "parent-by-height",
    "It takes whatever it has at the parent's height for the parent.",
    [
      `return findBlock(tree, id)\n`,
      `return id.counter <= tree.head.block.id.counter ? pathAt(tree, id.counter) : findBlock(tree, id)\n`
    ],
    [`|| !sameBlock(block.parent, last.block.id)) return`, `|| sameBlock === undefined) return`]
  ),
  append("parent-believed", "It acknowledges the block in front of a message whether or not it has it.", [
    `    answer(state, from, round, undefined, 0)\n`,
    `    answer(state, from, round, message.parent, 0)\n`
  ]),
  append("gap-unanswered", "It does not answer a leader whose block it cannot place.", [
    `    answer(state, from, round, undefined, 0)\n`,
    ``
  ]),
  append("marker-ignored", "It stores what its leader sends and commits nothing.", [
    `  adopt(state, message.commit)\n`,
    `  void adopt\n`
  ]),
  append("acks-unsent", "It acknowledges heartbeats alone.", [
    `  answer(state, from, round, name, last.write)\n}`,
    `  if (blocks.length === 0) answer(state, from, round, name, last.write)\n}`
  ]),
  extend(
    "named-after-parent",
    "It names a new block after the term of the one in front, so that two leaders give out one name (trap 2).",
    [
      `id: { term: state.term, counter: id.counter + 1 },`,
      `id: { term: Math.max(1, id.term), counter: id.counter + 1 },`
    ]
  ),
  extend(
    "named-by-node",
    "It counts its own blocks, and gives a name that a leader before it has given (josefine's IdGenerator).",
    [
      `id: { term: state.term, counter: id.counter + 1 },`,
      `id: { term: 1 + (state.term & 1), counter: id.counter + 1 },`
    ]
  ),
  extend("extends-commit", "A leader extends its commit marker, and leaves out what it acknowledged.", [
    `const parent = state.tree.head\n`,
    `const parent = state.lead !== undefined && body._tag === "Opening" ? state.commit : state.tree.head\n`
  ]),
  extend("position-repeated", "It gives a block the position of the one in front.", [
    `position: positionAfter(parent),`,
    `position: (positionAfter, parent.block.position),`
  ]),
  tree(
    "latest-is-head",
    "It takes the block that came last for its head, so that an old message takes back what it acknowledged (B10, trap 1; CCF).",
    [`if (isAfter(id, tree.head.block.id)) lead(tree, entry)`, `if (isAfter(id, id) || true) lead(tree, entry)`]
  ),
  tree("first-is-head", "It stays with the branch that it is on, whatever its leader sends.", [
    `if (isAfter(id, tree.head.block.id)) lead(tree, entry)`,
    `if (entry.parent === tree.head && isAfter(id, tree.head.block.id)) lead(tree, entry)`
  ]),
  block("longest-is-greatest", "It takes the longer chain for the greater one, whatever the terms.", [
    `a.term > b.term || (a.term === b.term && a.counter > b.counter)`,
    `a.counter > b.counter || (a.counter === b.counter && a.term > b.term)`
  ]),
  receive("old-acks-counted", "A leader counts what was acknowledged to a leader of another term (B12; etcd).", [
    `if (message.term === state.term && state.lead !== undefined && !isEstranged`,
    `if (state.lead !== undefined && !isEstranged`
  ]),
  receive("acks-not-counted-at-once", "A leader commits only when its own disk is done.", [
    `  if (progress.match > state.commit.block.id.counter) decide(state, lead)\n`,
    ``
  ]),
  progress("match-assumed", "A new leader takes it that everybody has what it has.", [
    `  match: 0,\n`,
    `  match: next - 1,\n`
  ]),
  replication(
    "nack-counted",
    "It counts the commit marker of a follower that lacks a block as if that follower had it on its disk (B11; CCF).",
    [
      `      restart(state, lead, progress, Math.max(progress.match, message.commit.counter))\n`,
      `      progress.match = Math.max(progress.match, Math.min(message.commit.counter, state.tree.head.block.id.counter))\n      restart(state, lead, progress, progress.match)\n`
    ]
  ),
  replication(
    "nack-counts-as-ack",
    "It takes the answer of a follower that lacks a block for an acknowledgement of what was sent (B11; CCF).",
    [
      `  if (message.verified === undefined) {\n`,
      `  if (message.verified === undefined) {\n    if (progress.next > progress.match + 1) verified(state, progress, progress.next - 1)\n`
    ]
  ),
  replication("sent-counts-as-acked", "It takes what it has sent for what a follower has.", [
    `    progress.next += blocks.length\n`,
    `    progress.next += blocks.length\n    progress.match = progress.next - 1\n`
  ]),
  replication("gap-never-closed", "It sends a follower that lacks a block the same blocks again.", [
    `restart(state, lead, progress, Math.max(progress.match, message.commit.counter))`,
    `restart(state, lead, progress, progress.next - 1)`
  ]),
  replication(
    "lost-window-unseen",
    "Its heartbeats name what a follower has, so that a window that was lost is never sent again (B28; etcd).",
    [
      `progress.mode === "Snapshot" ? state.tree.base : progress.next - 1, noBlocks)`,
      `progress.mode === "Snapshot" ? state.tree.base : Math.max(progress.match, state.tree.base), noBlocks)`
    ]
  ),
  replication(
    "window-never-moves",
    "It never makes room in a follower's window for what that follower has acknowledged.",
    [`    progress.inFlight -= pathAt(tree, height).block.bytes\n`, `    void height\n`],
    [`  progress.counted = next\n  progress.inFlight = 0\n`, `  progress.counted = next\n`]
  ),
  replication("first-of-batch-lost", "It leaves out a block where it sends several.", [
    `  progress.inFlight += bytes\n  return blocks`,
    `  progress.inFlight += bytes\n  return blocks.length > 1 ? blocks.slice(1) : blocks`
  ]),
  replication(
    "witness-told-early",
    "It tells a witness of blocks that too few nodes with data have, so that the witness can elect nobody who is left.",
    [`return Math.min(head, Math.max(held, `, `return Math.max(head, Math.max(held, `]
  ),
  replication("commands-withheld", "It withholds the commands from everybody.", [
    `blocks.push(witness && isWithheldFrom(now, configuration, progress.id) ? withheld(block) : block)`,
    `blocks.push(withheld(block))`
  ]),
  replication(
    "former-witness-counts",
    "A node that was a witness goes on as a voter under its id, without the commands that it has not kept.",
    [`  if (!lacks || !keepsData(`, `  if (settings.id > 0 || !lacks || !keepsData(`, "core/chain/Withheld.ts"]
  ),
  quorum("minority", "It takes half of the members for a majority.", [
    `Math.floor(counted / 2) + 1`,
    `Math.max(1, Math.floor(counted / 2))`
  ]),
  quorum("half-of-even", "It takes half of an even number of members for a majority.", [
    `Math.floor(counted / 2) + 1`,
    `Math.ceil(counted / 2)`
  ]),
  quorum("learners-counted", "It counts learners.", [
    `({ role }: Member): boolean => role !== "Learner"`,
    `({ role }: Member): boolean => role !== undefined`
  ]),
  quorum("witnesses-uncounted", "It does not count witnesses.", [
    `({ role }: Member): boolean => role !== "Learner"`,
    `({ role }: Member): boolean => role === "Voter"`
  ]),
  quorum("one-half-elects", "While members change, the new ones elect a leader alone.", [
    `hasMajority(members, have) && (outgoing === undefined || hasMajority(outgoing, have))`,
    `hasMajority(members, have)`
  ]),
  quorum("union-elects", "While members change, it counts the votes of both halves together (B12; CCF).", [
    `hasMajority(members, have) && (outgoing === undefined || hasMajority(outgoing, have))`,
    `hasMajority(outgoing === undefined ? members : [...members, ...outgoing.filter(({ id }) => memberIn(members, id) === undefined)], have)`
  ]),
  quorum("one-half-commits", "While members change, the new ones commit alone.", [
    `  const now = counterIn(members, matchOf, heard, true)\n  return outgoing === undefined ? now : Math.min(`,
    `  const now = counterIn(members, matchOf, heard, true)\n  return outgoing === undefined ? now : Math.max(now, 0) || Math.min(`
  ]),
  quorum(
    "witnesses-hold-data",
    "It tells witnesses of everything, and commits what a majority has, though few of it have the data.",
    [
      `return byCount ? Math.min(held, counted[majorityOf(counting) - 1]!) : held`,
      `return byCount ? counted[majorityOf(counting) - 1]! : held`
    ],
    [`  if (!witness) return head\n`, `  if (!witness || head > 0) return head\n`, "core/chain/Replication.ts"]
  ),
  quorum("silent-counted-twice", "It asks for two copies fewer for everybody who is silent.", [
    `Math.max(1, Math.floor((counted + 1) / 2) - silent)`,
    `Math.max(1, Math.floor((counted + 1) / 2) - 2 * silent)`
  ]),
  quorum("silent-not-waited-for", "It asks for one copy of the data, whoever else is there.", [
    `Math.max(1, Math.floor((counted + 1) / 2) - silent)`,
    `Math.max(1, Math.floor((counted + 1) / 2) - silent - counted)`
  ]),
  quorum("silent-needed", "It waits for as many copies of the data while those who would have them are down.", [
    `Math.max(1, Math.floor((counted + 1) / 2) - silent)`,
    `Math.floor((counted + 1) / 2) - 0 * silent`
  ]),
  quorum("data-without-majority", "It commits what enough nodes with data have, though no majority has it.", [
    `return byCount ? Math.min(held, counted[majorityOf(counting) - 1]!) : held`,
    `return held === Infinity ? counted[majorityOf(counting) - 1]! : held`
  ])
]
