import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const take = planted("chain", "core/chain/TakeSnapshot.ts")
const install = planted("chain", "core/chain/InstallSnapshot.ts")
const sending = planted("chain", "core/chain/SendSnapshot.ts")
const tree = planted("chain", "core/chain/BlockTree.ts")
const commit = planted("chain", "core/chain/Commit.ts")
const election = planted("chain", "core/chain/Election.ts")
const start = planted("chain", "core/chain/Start.ts")

/** Bugs of snapshots: how they are taken, sent and installed. */
export const snapshotMutants: ReadonlyArray<Mutant> = [
  take(
    "older-over-newer",
    "It takes an older snapshot of its own for the newest one, though a newer one was installed meanwhile (B7; tsoracle).",
    [
      `  const { snapshot } = taking\n  if (snapshot.block.counter <= (state.kept?.snapshot.block.counter ?? 0)) return\n`,
      `  const { snapshot } = taking\n`
    ]
  ),
  take(
    "forgotten-beyond-snapshot",
    "It forgets all that is committed, whether a snapshot covers it or not (josefine's compact()).",
    [
      `const height = Math.min(lowestSpare(state, counter), lowestNeeded(state, counter, state.kept))`,
      `const height = state.commit.block.id.counter`
    ]
  ),
  take("forgotten-before-taken", "It forgets blocks for a snapshot that is not taken yet.", [
    `  state.outputs.push({ _tag: "TakeSnapshot", request, snapshot })\n`,
    `  state.outputs.push({ _tag: "Forget", through: block.id }, { _tag: "TakeSnapshot", request, snapshot })\n`
  ]),
  take(
    "snapshot-of-head",
    "It gives a snapshot the members of its head, which may never be committed (B5; openraft).",
    [
      `const snapshot = { block: block.id, position: positionAfter(commit), configuration }`,
      `const snapshot = { block: block.id, position: positionAfter(commit), configuration: state.tree.head.configuration }`
    ]
  ),
  take("snapshot-misplaced", "It gives a snapshot the position in front of its block.", [
    `position: positionAfter(commit), configuration }`,
    `position: commit.block.position, configuration }`
  ]),
  take("snapshot-of-next", "It takes a snapshot while another node's takes the application's place.", [
    `if (taking !== undefined || incoming?.installing === true || !(state`,
    `if (taking !== undefined || !(state`
  ]),
  install("older-installed", "It installs a snapshot that is older than what it has applied (B7).", [
    `  return block.counter <= state.commit.block.id.counter\n`,
    `  return false\n`
  ]),
  install("stale-members", "It keeps its members when it installs a snapshot (B5; openraft).", [
    `const root = rootEntry(block, position, configuration)`,
    `const root = rootEntry(block, position, configuration === undefined ? configuration : state.tree.head.configuration)`
  ]),
  tree("conflict-kept", "It keeps blocks that conflict with the snapshot that it installs (B6; openraft).", [
    `entry.parent !== undefined && (entry.parent === held || !entry.parent.dead)`,
    `entry.block.id.counter > tree.base`
  ]),
  install("chunks-in-any-order", "It puts the bytes of a snapshot aside in the order in which they come.", [
    `  if (offset !== incoming.offset) {\n`,
    `  if (offset < 0) {\n`
  ]),
  install("snapshots-mixed", "It goes on with one snapshot where another one was broken off.", [
    `  incoming.from === from &&\n  incoming.size === size &&\n  sameBlock(incoming.snapshot.block, snapshot.block)`,
    `  incoming.offset > 0`
  ]),
  install("snapshot-cut-short", "It installs a snapshot before its last bytes have come.", [
    `if (incoming.offset < incoming.size) {`,
    `if (incoming.offset + state.settings.chunkBytes < incoming.size) {`
  ]),
  install("installed-too-early", "It says that a snapshot is in place when it begins to install it.", [
    `  incoming.installing = true\n`,
    `  incoming.installing = true\n  replyTo(state, incoming, true)\n`
  ]),
  install(
    "installed-untold",
    "It never says that a snapshot is in place, nor that it needs none (B26).",
    [
      `  state.outputs.push({ _tag: "Forget", through: block })\n  replyTo(state, incoming, true)\n`,
      `  state.outputs.push({ _tag: "Forget", through: block })\n`
    ],
    [`    if (!state.stopped) reply(state, from, round, block, size, true, writeAt(state, block.counter))\n`, ``]
  ),
  install("needless-acked-unsynced", "It says that it needs no snapshot before that is true of its disk (B9).", [
    `reply(state, from, round, block, size, true, writeAt(state, block.counter))`,
    `reply(state, from, round, block, size, true, 0)`
  ]),
  install(
    "installs-while-campaigning",
    "A candidate installs a snapshot, and leads before it is in place.",
    [`if (state.campaign !== undefined || needsNot(`, `if (needsNot(`],
    [`    state.incoming?.installing !== true\n`, `    state.incoming !== null\n`, "core/chain/Election.ts"]
  ),
  install(
    "covered-taken-for-superseded",
    "It says of a proposal that a snapshot may contain that it will have no effect.",
    [`      else answerUnknown(state, proposal)\n`, `      else refuse(state, proposal, "Superseded")\n`],
    [`dropExpected(state, block, false)`, `dropExpected(state, block, true)`]
  ),
  install("commit-left-behind", "It installs a snapshot, and commits what that covers once more.", [
    `  state.commit = root\n`,
    `  state.outputs.push({ _tag: "Committed", block: root.block, waiting: [] })\n  state.commit = root\n`
  ]),
  commit("applied-while-installing", "It applies blocks while a snapshot takes the application's place.", [
    `if (marker.counter <= state.commit.block.id.counter || state.incoming?.installing === true) return`,
    `if (marker.counter <= state.commit.block.id.counter) return`
  ]),
  election("leads-while-installing", "It leads while a snapshot takes the application's place (B26; nebula).", [
    `    state.incoming?.installing !== true\n`,
    `    state.incoming !== null\n`
  ]),
  sending(
    "stuck-in-snapshot",
    "It goes on sending a snapshot to a follower that does not need it any more (B26; etcd).",
    [
      `    if (progress.mode === "Snapshot") {\n      restart(state, lead, progress, progress.match)\n      lead.flush = true\n    }\n`,
      ``
    ],
    [
      `} else if (progress.mode === "Snapshot" && progress.match >= tree.base) {`,
      `} else if (progress.mode === "Snapshot" && progress.match < 0) {`,
      "core/chain/Replication.ts"
    ],
    [
      `progress.mode === "Snapshot" ? message.commit.counter >= tree.base : message.round`,
      `progress.mode === "Snapshot" ? false : message.round`,
      "core/chain/Replication.ts"
    ]
  ),
  sending(
    "chunk-sent-once",
    "It waits for ever where the bytes of a snapshot, or the answer to them, were lost (B26).",
    [`if (state.now - sending.sentAt < sending.waitMs) continue`, `if (state.now >= 0) continue`]
  ),
  sending("chunk-skipped", "It goes on with the bytes behind those that are wanted.", [
    `sending.offset = Math.min(message.offset, sending.size)`,
    `sending.offset = Math.min(message.offset + 1, sending.size)`
  ]),
  sending("snapshot-for-blocks", "It takes a follower that has been sent a snapshot for one that has it.", [
    `  const round = nextRound(state, lead)\n`,
    `  const round = nextRound(state, lead)\n  verified(state, progress, snapshot.block.counter)\n`
  ]),
  start(
    "snapshot-unread",
    "It begins at a restart with the members that the cluster began with, whatever its snapshot says (B5).",
    [
      `rootEntry(snapshot.block, snapshot.position, snapshot.configuration)`,
      `rootEntry(snapshot.block, snapshot.position, durable.initial)`
    ]
  ),
  start(
    "snapshot-applied-again",
    "It begins at a restart with its snapshot and applies the last block that this covers once more.",
    [
      `rootEntry(snapshot.block, snapshot.position, snapshot.configuration)`,
      `rootEntry(snapshot.block, Math.max(0, snapshot.position - 1), snapshot.configuration)`
    ]
  )
]
