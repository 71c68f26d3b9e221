import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const hold = planted("chain", "core/chain/Hold.ts")
const start = planted("chain", "core/chain/Start.ts")
const step = planted("chain", "core/chain/Step.ts")
const roles = planted("chain", "core/chain/Roles.ts")
const append = planted("chain", "core/chain/Append.ts")
const commit = planted("chain", "core/chain/Commit.ts")

/** Bugs of what is durable, of what waits for it, and of restarts. */
export const persistenceMutants: ReadonlyArray<Mutant> = [
  hold(
    "nothing-held",
    "It holds nothing back: acknowledgements and votes leave before what they tell of is durable (B8, B9).",
    [`if (write <= state.writes.durable) state`, `if (write >= 0) state`]
  ),
  hold("vote-before-sync", "It sends its vote, and its request for votes, before they are durable (B8).", [
    `sendAfter(state, state.writes.ballot, to, message)`,
    `sendAfter(state, 0, to, message)`
  ]),
  hold("held-one-too-short", "It lets go of what waits for the write after the one that is done.", [
    `if (held.write > writes.durable) still`,
    `if (held.write > writes.durable + 1) still`
  ]),
  hold("held-for-ever", "It never lets go of what waits for the write that is done.", [
    `if (held.write > writes.durable) still`,
    `if (held.write >= writes.durable) still`
  ]),
  hold("ballot-of-last-write", "It takes a vote for durable that is in the write which it is about to ask for (B8).", [
    `writes.ballot = writes.issued + 1`,
    `writes.ballot = writes.issued`
  ]),
  hold("block-of-last-write", "It takes a block for durable that is in the write which it is about to ask for (B9).", [
    `  return writes.issued + 1\n}\n\n/** Asks`,
    `  return writes.issued\n}\n\n/** Asks`
  ]),
  hold("vote-never-stored", "It stores no vote (B8; nebula).", [`vote: state.vote,`, `vote: 0,`]),
  hold("term-never-stored", "It stores the term of its head instead of its own (josefine stores none).", [
    `term: state.term,\n    vote`,
    `term: state.tree.head.block.id.term,\n    vote`
  ]),
  hold("blocks-never-stored", "It stores no blocks.", [`blocks: writes.blocks\n`, `blocks: []\n`]),
  hold("last-block-not-stored", "Of the blocks of one write it stores all but the last.", [
    `blocks: writes.blocks\n`,
    `blocks: writes.blocks.length > 1 ? writes.blocks.slice(0, -1) : writes.blocks\n`
  ]),
  hold("halt-forgotten", "It goes on after a write has failed (B9; etcd, the fsyncgate).", [
    `  state.stopped = true\n  state.writes.held = []`,
    `  state.writes.held = []`
  ]),
  step("failed-write-taken-for-done", "It takes a write that has failed for one that is done (B9; rostam).", [
    `      halt(state, \`Write \${input.write} failed, and what is on the disk is not known: \${input.detail}\`)\n`,
    `      persisted(state, input.write)\n`
  ]),
  step("failed-write-forgotten", "It goes on as if it had not heard that a write has failed.", [
    `      halt(state, \`Write \${input.write} failed, and what is on the disk is not known: \${input.detail}\`)\n`,
    `      void halt\n`
  ]),
  append("ack-before-sync", "It acknowledges blocks before they are on its disk (B9; etcd).", [
    `sendAfter(state, Math.max(write, state.writes.ballot), to, {`,
    `sendAfter(state, Math.min(write, state.writes.ballot), to, {`
  ]),
  append("heartbeat-acks-unsynced", "It answers a heartbeat with a block that is not on its disk yet (B9).", [
    `    last = durableOn(state, last)\n    name = last.block.id\n`,
    `    last = { ...durableOn(state, last), write: 0 }\n`
  ]),
  append(
    "ack-of-head",
    "It acknowledges its head, on whatever branch that is, and not what it verified (B11, trap 3; josefine, CCF).",
    [
      `answer(state, from, round, name, last.write)`,
      `answer(state, from, round, state.tree.head.block.id, Math.max(last.write, state.tree.head.write))`
    ]
  ),
  commit("leader-counts-unsynced", "A leader counts itself for blocks that are not on its own disk (B9).", [
    `if (id === state.settings.id) return lead.durable`,
    `if (id === state.settings.id) return state.tree.head.block.id.counter`
  ]),
  roles("issued-taken-for-durable", "A leader counts itself for what it has asked to be written.", [
    `lead.durable + 1).write <= state.writes.durable)`,
    `lead.durable + 1).write <= state.writes.issued)`
  ]),
  start(
    "head-restarts-at-commit",
    "It forgets at a restart what it acknowledged and did not know to be committed (josefine's new()).",
    [
      `  for (const block of durable.blocks) {\n`,
      `  for (const block of durable.blocks) {\n    if (block.id.counter > durable.commit.counter) continue\n`
    ]
  ),
  start("vote-lost-at-restart", "It forgets at a restart whom it has voted for (B8).", [
    `vote: raised ? 0 : durable.vote,`,
    `vote: 0,`
  ]),
  start("term-lost-at-restart", "It begins at a restart with the term of its head (B8; josefine).", [
    `const term = Math.max(durable.term, tree.head.block.id.term)`,
    `const { term } = tree.head.block.id`
  ]),
  start("forks-lost-at-restart", "It reads from its disk only blocks that extend the one before.", [
    `if (parent !== undefined && findBlock(tree, block.id) === undefined) addBlock`,
    `if (parent === tree.head && findBlock(tree, block.id) === undefined) addBlock`
  ]),
  start("commit-beyond-blocks", "It applies at a restart the whole of its chain, committed or not.", [
    `recovered: known ? durable.commit : root.block.id,`,
    `recovered: known ? tree.head.block.id : root.block.id,`
  ]),
  step("commit-not-recovered", "It applies nothing at a restart, and goes on from the marker on its disk.", [
    `if (recovered !== undefined && recovered !== state.commit) advance(state, recovered)`,
    `if (recovered !== undefined && recovered !== state.commit) state.commit = recovered`
  ]),
  start("request-numbers-again", "After a restart it gives its requests the numbers of those before.", [
    `requestNumber: firstNumber(makeDice(seed, -settings.id)),`,
    `requestNumber: 0 * firstNumber(makeDice(seed, -settings.id)),`
  ])
]
