import { sameBytes } from "../bytes/index.ts"
import type { Block, Command } from "./Block.ts"
import { pathAt } from "./BlockTree.ts"
import type { ChainState } from "./ChainState.ts"
import { unsend } from "./Proposals.ts"
import { answerUnknown, type Proposal, refuse } from "./Requests.ts"

/** How many blocks are looked through for one proposal. */
const lookedThrough = 1024

/**
 * Answers the proposals that were sent to a leader, and of which it will say nothing that matters any more.
 *
 * **Details**
 *
 * A leader takes what it is sent only in the term in which it was sent, so that a proposal is in blocks of that term or
 * in none. All blocks of the term that will ever be committed lie below the first committed block of a later one (Raft
 * thesis 3.6.3). With it, then, the proposal is committed or never will be, and which of the two is certain where no
 * block of the term that was committed since has the same commands. Where one has, they may be those that somebody else
 * has proposed, and nobody knows; nor where blocks are not there to be looked at, because a snapshot has taken their
 * place, or commands were withheld, or because there are too many of them.
 */
export const answerStranded = (state: ChainState): void => {
  const { commit, sent } = state
  for (const proposal of sent.values()) {
    if (proposal.term >= commit.block.id.term) continue
    unsend(state, proposal)
    if (mayBeCommitted(state, proposal)) answerUnknown(state, proposal)
    else refuse(state, proposal, "Superseded")
  }
}

const mayBeCommitted = ({ commit, tree }: ChainState, { after, commands, term }: Proposal): boolean => {
  const last = Math.min(commit.block.id.counter, after + lookedThrough)
  if (after < tree.base) return true
  for (let height = after + 1; height <= last; height++) {
    const { block } = pathAt(tree, height)
    if (block.id.term > term) return false
    if (block.id.term === term && mayHold(block, commands)) return true
  }
  return true
}

/** Whether a block has these commands, one behind the other: what is proposed together stays together. */
const mayHold = ({ body }: Block, commands: ReadonlyArray<Command>): boolean => {
  if (body._tag === "Withheld") return true
  if (body._tag !== "Commands") return false
  const last = body.commands.length - commands.length
  for (let from = 0; from <= last; from++) if (areAt(body.commands, from, commands)) return true
  return false
}

const areAt = (all: ReadonlyArray<Command>, from: number, commands: ReadonlyArray<Command>): boolean => {
  for (let at = 0; at < commands.length; at++) {
    if (!isSame(all[from + at] as Command, commands[at] as Command)) return false
  }
  return true
}

const isSame = (a: Command, b: Command): boolean =>
  a.sequence === b.sequence && a.session === b.session && sameBytes(a.payload, b.payload)
