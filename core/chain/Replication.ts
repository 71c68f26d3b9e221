import { type Block, commandsIn } from "./Block.ts"
import { pathAt } from "./BlockTree.ts"
import { type ChainState, configurationOf, type Leadership } from "./ChainState.ts"
import { keepsUp, matchOf } from "./Commit.ts"
import { sendAfter } from "./Hold.ts"
import type { Message } from "./Message.ts"
import type { Progress } from "./Progress.ts"
import { dataCounter, isWitnessOnly } from "./Quorum.ts"
import { isWithheldFrom, withheld } from "./Withheld.ts"

const noBlocks: ReadonlyArray<Block> = []

/** The next number of a message, and when it left, where leases need that. */
export const nextRound = (state: ChainState, lead: Leadership): number => {
  const round = ++lead.round
  if (state.settings.leaseDriftPercent === undefined) return round
  const { sent } = lead
  if (sent.length === 0 || (sent[sent.length - 1] as { readonly at: number }).at < state.now) {
    sent.push({ round, at: state.now })
  }
  while (sent.length > 1 && (sent[1] as { readonly at: number }).at < state.now - state.settings.electionMs)
    sent.shift()
  return round
}

/** The blocks from the progress' next one on that fit into one message; at least one. */
const batch = (state: ChainState, progress: Progress, limit: number, witness: boolean): ReadonlyArray<Block> => {
  const { settings, tree } = state
  const now = configurationOf(state)
  const blocks: Array<Block> = []
  let bytes = 0
  let commands = 0
  for (let height = progress.next; height <= limit; height++) {
    const { block, configuration } = pathAt(tree, height)
    commands += Math.max(1, commandsIn(block))
    if (blocks.length > 0 && (bytes + block.bytes > settings.maxBlockBytes || commands > settings.maxBlockCommands))
      break
    bytes += block.bytes
    blocks.push(witness && isWithheldFrom(now, configuration, progress.id) ? withheld(block) : block)
  }
  progress.inFlight += bytes
  return blocks
}

/** Sends blocks that follow on `parent`, or none, and the commit marker. It does not wait for the leader's own disk. */
const sendAppend = (
  state: ChainState,
  lead: Leadership,
  progress: Progress,
  parent: number,
  blocks: ReadonlyArray<Block>
): void => {
  const commit = state.commit.block.id
  progress.told = commit.counter
  sendAfter(state, state.writes.ballot, progress.id, {
    _tag: "Append",
    term: state.term,
    round: nextRound(state, lead),
    parent: pathAt(state.tree, parent).block.id,
    blocks,
    commit
  })
}

/** Up to which height somebody may be told of the chain; a witness only what enough voters have for one of them to lead. */
const limitFor = (state: ChainState, lead: Leadership, witness: boolean): number => {
  const head = state.tree.head.block.id.counter
  if (!witness) return head
  const held = dataCounter(
    configurationOf(state),
    (id) => matchOf(state, lead, id),
    (id) => keepsUp(state, lead, id)
  )
  return Math.min(head, Math.max(held, state.commit.block.id.counter))
}

/** Sends one follower what it lacks, as far as its state and its window allow. */
const sendTo = (state: ChainState, lead: Leadership, progress: Progress): void => {
  if (progress.mode === "Snapshot") return
  const witness = isWitnessOnly(configurationOf(state), progress.id)
  const limit = limitFor(state, lead, witness)
  if (progress.mode === "Probe") {
    if (progress.probing) return
    progress.probing = true
    const blocks = progress.next <= limit ? batch(state, progress, limit, witness) : noBlocks
    sendAppend(state, lead, progress, progress.next - 1, blocks)
    return
  }
  const { windowBlocks, windowBytes } = state.settings
  const end = Math.min(limit, progress.match + windowBlocks)
  while (progress.next <= end && progress.inFlight < windowBytes) {
    const blocks = batch(state, progress, end, witness)
    sendAppend(state, lead, progress, progress.next - 1, blocks)
    progress.next += blocks.length
  }
  const commit = state.commit.block.id.counter
  if (progress.told < commit && progress.next > commit) sendAppend(state, lead, progress, progress.next - 1, noBlocks)
}

/** Sends everybody what there is to send. */
export const replicate = (state: ChainState, lead: Leadership): void => {
  lead.flush = false
  for (const progress of lead.progress) sendTo(state, lead, progress)
}

/**
 * Asks everybody for an answer, without blocks: the last block that was sent is named.
 */
export const inquire = (state: ChainState, lead: Leadership): void => {
  for (const progress of lead.progress) inquireOf(state, lead, progress)
}

const inquireOf = (state: ChainState, lead: Leadership, progress: Progress): void =>
  sendAppend(state, lead, progress, progress.mode === "Snapshot" ? state.tree.base : progress.next - 1, noBlocks)

/**
 * Says that the leader is there, and asks each follower how far it is.
 *
 * **Details**
 *
 * The message names the last block that was sent. A follower that lacks it says so, and one that has it says what is on
 * its disk: a window that was lost, or its answers, are found out at once (bug B28). A lost probe is sent again, but to
 * one that is silent for long only its name.
 */
export const beat = (state: ChainState, lead: Leadership): void => {
  for (const progress of lead.progress) {
    if (progress.mode === "Probe" && state.now - progress.answeredAt <= state.settings.electionMs) {
      progress.probing = false
      sendTo(state, lead, progress)
    } else inquireOf(state, lead, progress)
  }
}

/** The next block to be sent is the one of this height; nothing is in flight. */
const goOnFrom = (progress: Progress, next: number): void => {
  progress.next = next
  progress.counted = next
  progress.inFlight = 0
}

/**
 * Where a follower goes on from; a snapshot, where the leader has forgotten what comes next.
 *
 * **Details**
 *
 * Answers to what was sent before say nothing about it. Those to a probe do, however often it is sent again meanwhile:
 * the way there and back may be longer than a heartbeat interval.
 */
export const restart = (state: ChainState, lead: Leadership, progress: Progress, from: number): void => {
  goOnFrom(progress, Math.min(from, state.tree.head.block.id.counter) + 1)
  progress.probing = false
  progress.since = lead.round + 1
  progress.sending = undefined
  progress.mode = progress.next > state.tree.base ? "Probe" : "Snapshot"
}

/** Takes note of how far a follower has the leader's chain on its disk. */
export const verified = (state: ChainState, progress: Progress, counter: number): boolean => {
  if (counter <= progress.match) return false
  const { tree } = state
  const first = Math.max(progress.match, tree.base, progress.counted - 1) + 1
  for (let height = first; height <= counter && height < progress.next; height++) {
    progress.inFlight -= pathAt(tree, height).block.bytes
  }
  progress.match = counter
  if (progress.next <= counter + 1) goOnFrom(progress, counter + 1)
  return true
}

/**
 * A follower has answered.
 *
 * **Details**
 *
 * It names the last block that it verified and has on its disk, which is true for ever, since blocks never change; its
 * head is never asked for (bugs B10 and B11). Where it does not know the parent it names its commit marker, which lies on
 * the chain of every later leader: the leader goes on from there. Whoever has verified anything of a probe knows its
 * parent, even if its disk is behind. Gives whether `match` moved.
 */
export const onAppendReply = (
  state: ChainState,
  lead: Leadership,
  progress: Progress,
  message: Message & { readonly _tag: "AppendReply" }
): boolean => {
  const { tree } = state
  if (message.verified === undefined) {
    if (progress.mode === "Snapshot" ? message.commit.counter >= tree.base : message.round >= progress.since) {
      restart(state, lead, progress, Math.max(progress.match, message.commit.counter))
      lead.flush = true
    }
    return false
  }
  const { counter } = message.verified
  if (counter > tree.head.block.id.counter) return false
  const moved = verified(state, progress, counter)
  if (progress.mode === "Probe" && message.round >= progress.since) {
    progress.mode = "Replicate"
    goOnFrom(progress, Math.max(progress.next, progress.match + 1))
    lead.flush = true
  } else if (progress.mode === "Snapshot" && progress.match >= tree.base) {
    restart(state, lead, progress, progress.match)
    lead.flush = true
  } else if (progress.next <= tree.head.block.id.counter) lead.flush = true
  return moved
}
