import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const proposals = planted("chain", "core/chain/Proposals.ts")
const stranded = planted("chain", "core/chain/Stranded.ts")
const sessions = planted("chain", "core/chain/Sessions.ts")

/** Bugs of what clients propose and are told. */
export const proposalMutants: ReadonlyArray<Mutant> = [
  proposals("repeated-forward-taken", "It proposes a follower's commands again when the network repeats the message.", [
    `if (!isPresent(seen, startOf(request)) || request <= seen.floor || seen.recent.has(request)) return false`,
    `if (request < 0) return false`
  ]),
  proposals(
    "forward-of-old-term-taken",
    "It proposes commands that were sent to a leader of another term, which may have proposed them too.",
    [`message.term !== state.term || !isNew`, `!isNew`]
  ),
  proposals("forwarded-again", "It sends a proposal again that it has sent.", [
    `export const forward = (state: ChainState): void => {\n  const { parked } = state\n  state.parked = []\n`,
    `export const forward = (state: ChainState): void => {\n  const { parked } = state\n  state.parked = parked.filter(({ request }) => request === 0)\n`
  ]),
  proposals("forward-never-sent", "A follower keeps what it is asked to propose.", [
    `    send(state, state.leader, { _tag: "Forward", term: state.term, request, commands })\n`,
    `    void [request, commands]\n`
  ]),
  proposals(
    "sent-taken-for-refused",
    "It says of a proposal that it has sent away, and whose time is up, that it will have no effect.",
    [
      `  if (proposal.stage !== "Here") {\n    answerUnknown(state, proposal)\n`,
      `  if (proposal.stage !== "Here") {\n    refuse(state, proposal, "NoLeader")\n`
    ]
  ),
  proposals(
    "committed-taken-for-superseded",
    "It says of a proposal whose block was committed meanwhile that it will have no effect.",
    [
      `    if (another) refuse(state, proposal, "Superseded")\n    else answerUnknown(state, proposal)\n    return`,
      `    void another\n    refuse(state, proposal, "Superseded")\n    return`
    ]
  ),
  proposals(
    "superseded-too-early",
    "It says of every proposal in a block that it does not have yet that it will have no effect.",
    [`    state.expected.push({ proposal, block })\n`, `    refuse(state, proposal, "Superseded")\n`]
  ),
  proposals("superseded-untold", "It takes it that a proposal was committed where another block was.", [
    `    if (certain || block.counter > counter) refuse(state, proposal, "Superseded")\n`,
    `    if (certain || block.counter > counter) state.outputs.push({ _tag: "Committed", block: state.commit.block, waiting: [{ id: proposal.id, index: 0, count: 1 }] })\n`
  ]),
  proposals("index-of-first", "It answers each proposal with what the first command of the block came to.", [
    `    index += each.commands.length\n`,
    ``
  ]),
  proposals("answered-twice", "It answers a proposal whose time was up once more when its block is committed.", [
    `    if (proposal.done) continue\n    finish(state, proposal)\n`,
    `    if (!proposal.done) finish(state, proposal)\n`
  ]),
  proposals("commit-unanswered", "It answers no proposal when its block is committed.", [
    `    waiting.push({ id: proposal.id, index: proposal.index, count: proposal.commands.length })\n`,
    `    void waiting.length\n`
  ]),
  proposals("answered-when-placed", "It answers a proposal when it is in a block, committed or not.", [
    `  proposal.stage = "Placed"\n  proposal.index = index\n  if (entry.proposals`,
    `  proposal.stage = "Placed"\n  proposal.index = index\n  if (!proposal.done) {\n    proposal.done = true\n    entry.proposals = undefined\n  }\n  if (entry.proposals`
  ]),
  proposals(
    "expired-proposed-anyway",
    "It says of a proposal whose time is up that it will have no effect, and proposes it.",
    [
      `    lead.pending.splice(pending, 1)\n    lead.pendingBytes -= proposal.bytes\n    lead.uncommitted -= heldBy(proposal)\n`,
      ``
    ]
  ),
  proposals("unbounded", "It takes proposals without end while nothing can be committed (B30; etcd).", [
    `lead.uncommitted > 0 && lead.uncommitted + held > state.settings.maxUncommittedBytes`,
    `lead.uncommitted > Infinity`
  ]),
  proposals("placed-in-two-blocks", "It puts pending commands into a block and keeps them pending.", [
    `  lead.pending = []\n  lead.pendingBytes = 0\n}`,
    `  lead.pending = lead.pending.length > 1 ? lead.pending.slice(-1) : []\n  lead.pendingBytes = 0\n}`
  ]),
  proposals("group-torn", "It tears apart what was proposed together.", [
    `  const entry = extend(state, { _tag: "Commands", commands }, bytes)\n`,
    `  if (commands.length > 1) extend(state, { _tag: "Commands", commands: commands.slice(0, 1) }, 0)\n  const entry = extend(state, { _tag: "Commands", commands: commands.length > 1 ? commands.slice(1) : commands }, bytes)\n`
  ]),
  stranded(
    "stranded-taken-for-superseded",
    "It says of a proposal whose leader is gone, and which it does not know to be in a block, that it will have no effect.",
    [`    if (mayBeCommitted(state, proposal)) answerUnknown`, `    if (proposal.after < 0) answerUnknown`]
  ),
  stranded("stranded-not-looked-for", "It looks for what a leader that is gone was sent in the newest block alone.", [
    `  for (let height = after + 1; height <= last; height++) {`,
    `  for (let height = last; height <= last; height++) {`
  ]),
  sessions("session-applies-twice", "It applies a command of a session again that it has applied.", [
    `  if (sequence === known.sequence) return { _tag: "Applied", answer: known.answer }\n`,
    ``
  ]),
  sessions("session-stale-applied", "It applies a command of a session that is older than the last one.", [
    `  if (sequence < known.sequence || sequence < 1) return stale\n`,
    ``
  ]),
  sessions("session-revived", "It applies a command of a session that it has forgotten.", [
    `  if (known === undefined) return expired\n`,
    `  if (known === undefined) return { _tag: "Applied", answer: apply(sessions, payload) }\n`
  ]),
  sessions("session-lost-in-snapshot", "A snapshot forgets the sequence number of each session.", [
    `    writeNatural(out, sequence)\n    writeSized(out, answer)`,
    `    writeNatural(out, sequence * 0)\n    writeSized(out, answer)`
  ])
]
