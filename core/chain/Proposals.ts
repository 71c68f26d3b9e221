import { type BlockId, type Command, heldByCommands } from "./Block.ts"
import { type Entry, findBlock, pathAt } from "./BlockTree.ts"
import type { Waiting } from "./ChainOutput.ts"
import type { ChainState, Leadership, Pending, Seen } from "./ChainState.ts"
import type { NodeId } from "./Configuration.ts"
import { extend } from "./Extend.ts"
import { send } from "./Hold.ts"
import type { Message, RefusedReason } from "./Message.ts"
import { nextRequest, startOf } from "./ChainState.ts"
import { addRequest, answerUnknown, finish, type Proposal, refuse } from "./Requests.ts"

/** How many numbers of a follower's requests, and of its starts, are remembered one by one. */
const remembered = 1024

const bytesOf = (commands: ReadonlyArray<Command>): number => {
  let bytes = 0
  for (const { payload } of commands) bytes += payload.length
  return bytes
}

/** Bytes of memory that commands take while they wait. */
const heldBy = ({ bytes, commands }: Pick<Pending, "bytes" | "commands">): number =>
  heldByCommands(bytes, commands.length)

/**
 * Takes commands to be proposed: a leader puts them into a block, another node keeps them until it knows a leader.
 *
 * **Details**
 *
 * What waits is bounded by `maxUncommittedBytes` (bug B30). Between the proposal and its block an answer is certain; from
 * then on only the commit or the death of the block answers, or `Unknown`.
 */
export const propose = (state: ChainState, id: number, commands: ReadonlyArray<Command>, deadline: number): void => {
  const bytes = bytesOf(commands)
  const proposal: Proposal = {
    _tag: "Proposal",
    id,
    deadline,
    done: false,
    commands,
    bytes,
    stage: "Here",
    request: 0,
    term: 0,
    after: 0,
    index: 0
  }
  addRequest(state, proposal)
  const reason = state.lead === undefined ? park(state, proposal) : accept(state, state.lead, proposal)
  if (reason !== undefined) refuse(state, proposal, reason)
}

const park = (state: ChainState, proposal: Proposal): RefusedReason | undefined => {
  const held = heldBy(proposal)
  if (state.parkedBytes > 0 && state.parkedBytes + held > state.settings.maxUncommittedBytes) return "Overloaded"
  state.parked.push(proposal)
  state.parkedBytes += held
  return undefined
}

const accept = (state: ChainState, lead: Leadership, proposal: Proposal): RefusedReason | undefined => {
  const { bytes, commands } = proposal
  return enqueue(state, lead, { commands, bytes, proposal, from: 0, request: 0 })
}

/** Puts commands behind those that are pending; gives why not, where they may not be. */
const enqueue = (state: ChainState, lead: Leadership, pending: Pending): RefusedReason | undefined => {
  const held = heldBy(pending)
  if (lead.transfer !== undefined) return "Transferring"
  if (lead.uncommitted > 0 && lead.uncommitted + held > state.settings.maxUncommittedBytes) return "Overloaded"
  lead.pending.push(pending)
  lead.pendingBytes += pending.bytes
  lead.uncommitted += held
  return undefined
}

/** A new leader makes what it kept its own; what it may not take any more is refused. */
export const unpark = (state: ChainState, lead: Leadership): void => {
  const { parked } = state
  state.parked = []
  for (const proposal of parked) {
    state.parkedBytes -= heldBy(proposal)
    if (proposal.done) continue
    const reason = accept(state, lead, proposal)
    if (reason !== undefined) refuse(state, proposal, reason)
  }
}

/**
 * Puts the pending commands into blocks.
 *
 * **Details**
 *
 * While the disk works on a write, they gather, so that one block and one sync serve many; one at a time they go at once
 * (batching, Raft thesis 10.2.2). What was proposed together stays together in one block.
 */
export const seal = (state: ChainState, lead: Leadership): void => {
  const { settings, writes } = state
  const { pending } = lead
  if (pending.length === 0) return
  if (writes.issued > writes.durable && lead.pendingBytes < settings.maxBlockBytes) return
  let at = 0
  while (at < pending.length) {
    const from = at
    let bytes = 0
    let count = 0
    while (at < pending.length) {
      const next = pending[at] as Pending
      bytes += next.bytes
      count += next.commands.length
      if (at > from && (bytes > settings.maxBlockBytes || count > settings.maxBlockCommands)) {
        bytes -= next.bytes
        break
      }
      at++
    }
    sealRun(state, pending, from, at, bytes)
  }
  lead.pending = []
  lead.pendingBytes = 0
}

const sealRun = (state: ChainState, pending: ReadonlyArray<Pending>, from: number, to: number, bytes: number): void => {
  let { commands } = pending[from] as Pending
  if (to - from > 1) {
    const joined: Array<Command> = []
    for (let at = from; at < to; at++) for (const command of (pending[at] as Pending).commands) joined.push(command)
    commands = joined
  }
  const entry = extend(state, { _tag: "Commands", commands }, bytes)
  let index = 0
  for (let at = from; at < to; at++) {
    const each = pending[at] as Pending
    if (each.proposal !== undefined) settle(entry, each.proposal, index)
    else answerForward(state, each.from, each.request, { block: entry.block.id, index })
    index += each.commands.length
  }
}

/** Notes in which block a proposal is. */
const settle = (entry: Entry, proposal: Proposal, index: number): void => {
  proposal.stage = "Placed"
  proposal.index = index
  if (entry.proposals === undefined) entry.proposals = [proposal]
  else entry.proposals.push(proposal)
}

const answerForward = (
  state: ChainState,
  to: NodeId,
  request: number,
  placed: { readonly block: BlockId; readonly index: number } | RefusedReason
): void => send(state, to, { _tag: "Forwarded", term: state.term, request, placed })

/**
 * A leader that leads no more keeps its own pending commands for the next one, and gives those of others back: they are
 * in no block, and will be in none.
 */
export const returnPending = (state: ChainState, lead: Leadership): void => {
  for (const { from, proposal, request } of lead.pending) {
    if (proposal === undefined) answerForward(state, from, request, "NoLeader")
    else if (!proposal.done) {
      state.parked.push(proposal)
      state.parkedBytes += heldBy(proposal)
    }
  }
}

/** Sends what was kept to the leader, now that one is known. */
export const forward = (state: ChainState): void => {
  const { parked } = state
  state.parked = []
  for (const proposal of parked) {
    proposal.stage = "Sent"
    proposal.request = nextRequest(state)
    proposal.term = state.term
    proposal.after = state.commit.block.id.counter
    state.sent.set(proposal.request, proposal)
    const { commands, request } = proposal
    send(state, state.leader, { _tag: "Forward", term: state.term, request, commands })
  }
}

const seenFrom = (lead: Leadership, from: NodeId, request: number): Seen => {
  for (const seen of lead.seen) if (seen.from === from) return seen
  const seen: Seen = { from, start: startOf(request), former: [], floor: 0, recent: new Set() }
  lead.seen.push(seen)
  return seen
}

/** Whether a request is of the follower's present start, or of a new one; then nobody waits for those of the one before. */
const isPresent = (seen: Seen, start: number): boolean => {
  if (start === seen.start) return true
  if (seen.former.includes(start)) return false
  seen.former.push(seen.start)
  if (seen.former.length > remembered) seen.former.shift()
  seen.start = start
  seen.floor = 0
  seen.recent.clear()
  return true
}

/** Whether a request comes for the first time. What is too old to tell counts as known: it is not done twice. */
const isNew = (seen: Seen, request: number): boolean => {
  if (!isPresent(seen, startOf(request)) || request <= seen.floor || seen.recent.has(request)) return false
  seen.recent.add(request)
  if (seen.recent.size > remembered) {
    for (const oldest of seen.recent) {
      seen.recent.delete(oldest)
      if (oldest > seen.floor) seen.floor = oldest
      break
    }
  }
  return true
}

/**
 * A leader takes the commands of a follower.
 *
 * **Details**
 *
 * The network may repeat a message, also after the leader has been another one. It is taken only in the term in which it
 * was sent, whose leader remembers what it took, and otherwise without an answer: whether another copy of it was taken
 * cannot be told here.
 */
export const onForward = (state: ChainState, from: NodeId, message: Message & { readonly _tag: "Forward" }): void => {
  const { lead } = state
  const { commands, request } = message
  if (lead === undefined || message.term !== state.term || !isNew(seenFrom(lead, from, request), request)) return
  const reason = enqueue(state, lead, { commands, bytes: bytesOf(commands), proposal: undefined, from, request })
  if (reason !== undefined) answerForward(state, from, request, reason)
}

/** A follower learns in which block its proposal is, or that it is in none. True for ever, whatever the term. */
export const onForwarded = (state: ChainState, message: Message & { readonly _tag: "Forwarded" }): void => {
  const proposal = state.sent.get(message.request)
  if (proposal === undefined) return
  unsend(state, proposal)
  if (typeof message.placed === "string") refuse(state, proposal, message.placed)
  else locate(state, proposal, message.placed.block, message.placed.index)
}

/** Waits no more for the leader's word on a proposal. */
export const unsend = (state: ChainState, proposal: Proposal): void => {
  state.sent.delete(proposal.request)
  state.parkedBytes -= heldBy(proposal)
}

const locate = (state: ChainState, proposal: Proposal, block: BlockId, index: number): void => {
  const { commit, tree } = state
  if (block.counter <= commit.block.id.counter) {
    const another = block.counter >= tree.base && pathAt(tree, block.counter).block.id.term !== block.term
    if (another) refuse(state, proposal, "Superseded")
    else answerUnknown(state, proposal)
    return
  }
  const entry = findBlock(tree, block)
  if (entry !== undefined) settle(entry, proposal, index)
  else {
    proposal.stage = "Placed"
    proposal.index = index
    state.expected.push({ proposal, block })
  }
}

/** A block has come: it may have proposals that were expected in it. */
export const meetExpected = (state: ChainState, entry: Entry): void => {
  if (state.expected.length === 0) return
  const { counter, term } = entry.block.id
  state.expected = state.expected.filter(({ block, proposal }) => {
    if (block.counter !== counter || block.term !== term) return true
    if (!proposal.done) settle(entry, proposal, proposal.index)
    return false
  })
}

/**
 * All up to a block is decided: what was expected there and has not come is superseded, if that is `certain`. What was
 * expected further on in an earlier term always is: no path goes back to that.
 */
export const dropExpected = (state: ChainState, { counter, term }: BlockId, certain: boolean): void => {
  if (state.expected.length === 0) return
  const { expected } = state
  state.expected = expected.filter(({ block }) => block.counter > counter && block.term >= term)
  for (const { block, proposal } of expected) {
    if (block.counter > counter && block.term >= term) continue
    if (certain || block.counter > counter) refuse(state, proposal, "Superseded")
    else answerUnknown(state, proposal)
  }
}

/** Blocks are dead: the proposals in them have no effect. */
export const supersede = (state: ChainState, dropped: ReadonlyArray<Entry>): void => {
  for (const { proposals } of dropped) {
    if (proposals !== undefined) for (const proposal of proposals) refuse(state, proposal, "Superseded")
  }
}

/** This node's proposals in a block that is committed, which that answers. */
export const answeredBy = (state: ChainState, proposals: ReadonlyArray<Proposal>): ReadonlyArray<Waiting> => {
  const waiting: Array<Waiting> = []
  for (const proposal of proposals) {
    if (proposal.done) continue
    finish(state, proposal)
    waiting.push({ id: proposal.id, index: proposal.index, count: proposal.commands.length })
  }
  return waiting
}

/** A proposal's time is up: where it is in no block and nowhere else, it never will be. */
export const expireProposal = (state: ChainState, proposal: Proposal): void => {
  if (proposal.stage === "Sent") unsend(state, proposal)
  if (proposal.stage !== "Here") {
    answerUnknown(state, proposal)
    if (state.expected.length > 0) state.expected = state.expected.filter((each) => !each.proposal.done)
    return
  }
  const { lead } = state
  const pending = lead?.pending.findIndex((each) => each.proposal === proposal) ?? -1
  if (lead !== undefined && pending >= 0) {
    lead.pending.splice(pending, 1)
    lead.pendingBytes -= proposal.bytes
    lead.uncommitted -= heldBy(proposal)
  } else {
    state.parked.splice(state.parked.indexOf(proposal), 1)
    state.parkedBytes -= heldBy(proposal)
  }
  refuse(state, proposal, "NoLeader")
}
