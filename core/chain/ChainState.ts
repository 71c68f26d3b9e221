import type { Block, BlockId, Command } from "./Block.ts"
import type { BlockTree, Entry } from "./BlockTree.ts"
import type { ChainOutput, Role } from "./ChainOutput.ts"
import type { ChainSettings } from "./ChainSettings.ts"
import type { Configuration, NodeId } from "./Configuration.ts"
import { below, type Dice } from "./Dice.ts"
import type { Message, SnapshotName } from "./Message.ts"
import type { Progress } from "./Progress.ts"
import type { ChangeRequest, Proposal, ReadRequest, Requests, TransferRequest } from "./Requests.ts"

/** A message that waits for a write. */
export interface Held {
  readonly write: number
  readonly to: NodeId
  readonly message: Message
}

/**
 * What goes to the disk.
 *
 * **Details**
 *
 * Writes are numbered from 1 on: `issued` is the last one asked for and `durable` the last one done. What a step changes
 * is one write, whose number is `issued` + 1 until the step ends; `dirty` says that there is something to write, `blocks`
 * which blocks. `ballot` is the write that makes the term and the vote durable.
 */
export interface Writes {
  issued: number
  durable: number
  ballot: number
  dirty: boolean
  blocks: Array<Block>
  held: Array<Held>
}

/** A campaign: who would vote for this node, or did. */
export interface Campaign {
  readonly phase: "PreVote" | "Vote"
  readonly transfer: boolean
  readonly granted: Array<NodeId>
}

/** Commands that wait to be put into a block: this node's own, or those that a follower sent. */
export interface Pending {
  readonly commands: ReadonlyArray<Command>
  readonly bytes: number
  readonly proposal: Proposal | undefined
  readonly from: NodeId
  readonly request: number
}

/**
 * The numbers of the requests that a follower has sent, so that a repeated one is known.
 *
 * **Details**
 *
 * All up to `floor` of the follower's present `start` count as seen, and all of its `former` ones.
 */
export interface Seen {
  readonly from: NodeId
  start: number
  readonly former: Array<number>
  floor: number
  readonly recent: Set<number>
}

/** Reads that wait until a quorum has answered `round`. */
export interface ReadRound {
  readonly round: number
  readonly requests: ReadonlyArray<ReadRequest>
  readonly remote: ReadonlyArray<RemoteRead>
  readonly block: BlockId
}

/** A read of another node. */
export interface RemoteRead {
  readonly from: NodeId
  readonly request: number
}

/**
 * What a node has only while it leads.
 *
 * **Details**
 *
 * `progress` is in order of the ids. `round` numbers the messages; `sent` says when those of the last
 * `electionMs` began, which leases need. `durable` is the height up to which the leader's own chain is on its disk.
 * `uncommitted` counts bytes of commands between the commit marker and the newest pending commands. `unwanted` are
 * learners of a change that failed. `leaseLost` says that somebody was told to campaign; before `preferAt` no preferred
 * leader is looked for. `flush` says that there is something to send, `review`
 * that something was committed or heard that may move a change of members.
 */
export interface Leadership {
  progress: Array<Progress>
  round: number
  readonly sent: Array<{ readonly round: number; readonly at: number }>
  durable: number
  heartbeatAt: number
  uncommitted: number
  pending: Array<Pending>
  pendingBytes: number
  readonly seen: Array<Seen>
  remoteReads: Array<RemoteRead>
  reading: ReadRound | undefined
  change: ChangeRequest | undefined
  unwanted: ReadonlyArray<NodeId>
  transfer: TransferRequest | undefined
  leaseLost: boolean
  preferAt: number
  flush: boolean
  review: boolean
}

/** A proposal whose block is named and has not come yet. */
export interface Expected {
  readonly proposal: Proposal
  readonly block: BlockId
}

/** Reads that another node was asked about. */
export interface AskedRead {
  readonly request: number
  readonly requests: ReadonlyArray<ReadRequest>
  readonly to: NodeId
  at: number
}

/** Reads that wait until the commit marker is at `counter`. */
export interface WaitingRead {
  readonly counter: number
  readonly requests: ReadonlyArray<ReadRequest>
}

/** A snapshot that arrives: `offset` bytes are aside; `request` writes or installs while it is not 0. */
export interface Incoming {
  readonly snapshot: SnapshotName
  readonly size: number
  readonly from: NodeId
  round: number
  offset: number
  arriving: number
  request: number
  installing: boolean
}

/** A snapshot that the node has. */
export interface Kept {
  readonly snapshot: SnapshotName
  readonly size: number
}

/** What the last `Status` said. */
export interface Announced {
  role: Role
  term: number
  leader: NodeId
  configuration: Configuration
}

/**
 * A node of the chain.
 *
 * **Details**
 *
 * Plain data, written only by `step`, and between two steps without outputs. `term`, `vote` and the blocks of `tree` are
 * on the disk, or will be as `writes` says. `heardFrom` is the leader
 * that was heard last, of whatever term, `heardAt` when, `patience` how long after that, or
 * after the last campaign, the next one begins at `electionAt`. `recovered` is the commit marker that was on the disk. `requestNumber` is the last number that was given to a
 * request of this node to another one, or to its driver.
 */
export interface ChainState {
  readonly settings: ChainSettings
  readonly incarnation: number
  readonly dice: Dice
  outputs: Array<ChainOutput>
  now: number
  started: boolean
  stopped: boolean
  announced: Announced | undefined
  term: number
  vote: NodeId
  readonly tree: BlockTree
  commit: Entry
  readonly recovered: BlockId
  readonly writes: Writes
  leader: NodeId
  heardFrom: NodeId
  heardAt: number
  patience: number
  electionAt: number
  campaign: Campaign | undefined
  lead: Leadership | undefined
  readonly requests: Requests
  requestNumber: number
  parked: Array<Proposal>
  parkedBytes: number
  readonly sent: Map<number, Proposal>
  expected: Array<Expected>
  reads: Array<ReadRequest>
  asked: AskedRead | undefined
  waitingReads: Array<WaitingRead>
  kept: Kept | undefined
  taking: { readonly request: number; readonly snapshot: SnapshotName } | undefined
  snapshotWanted: boolean
  applied: number
  incoming: Incoming | undefined
}

/** What a node is. */
export const roleOf = (state: ChainState): Role =>
  state.lead !== undefined ? "Leader" : state.campaign !== undefined ? "Candidate" : "Follower"

/** The configuration that a node goes by: that of its head, committed or not. */
export const configurationOf = (state: ChainState): Configuration => state.tree.head.configuration

/** Whether the configuration in force is committed. */
export const isSettled = (state: ChainState): boolean => state.tree.head.since <= state.commit.block.id.counter

/** So many numbers of requests have the same start. */
const numbersOfStart = 2 ** 32

/**
 * The number behind which those of a node's requests begin, another one at each start.
 *
 * **Details**
 *
 * Answers to what a node asked before it was started again may come at any time, and nothing that it remembers tells them
 * from answers to what it asks now: clocks go back, and the disk knows nothing of requests.
 */
export const firstNumber = (dice: Dice): number =>
  below(dice, 2 ** 20) * numbersOfStart + below(dice, numbersOfStart / 2)

/** The start that a number of a request was given in. */
export const startOf = (request: number): number => Math.floor(request / numbersOfStart)

/** The next number of a request. */
export const nextRequest = (state: ChainState): number => ++state.requestNumber
