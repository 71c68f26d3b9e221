import type { NodeId } from "./Configuration.ts"
import type { SnapshotName } from "./Message.ts"

/**
 * What a leader knows of another node.
 *
 * **Details**
 *
 * - `mode`: `Probe` sends one message and waits, `Replicate` sends ahead, `Snapshot` sends the state instead of blocks
 * - `match`, `next`: the height up to which the node has the leader's chain on its disk, and that of the next block
 * - `inFlight`: payload bytes sent and not yet verified, counted from the height `counted` on
 * - `probing`: whether the probe waits for its answer; `since`: answers to rounds before
 *   this one say nothing about the probe, or the snapshot, any more
 * - `answered`, `answeredAt`, `aliveSince`: the greatest round it answered, when, and since when it has without a pause
 * - `told`: the height of the commit marker that it was last told
 * - `incarnation`: as the cluster knows it, or as it said first; 0 while it has said nothing
 * - `sending`, `catchUp`: the snapshot that it gets, and the rounds of one that is to become a voter
 */
export interface Progress {
  readonly id: NodeId
  mode: "Probe" | "Replicate" | "Snapshot"
  match: number
  next: number
  inFlight: number
  counted: number
  probing: boolean
  since: number
  answered: number
  answeredAt: number
  aliveSince: number
  told: number
  incarnation: number
  sending: Sending | undefined
  catchUp: CatchUp | undefined
}

/**
 * A snapshot on its way; `request` reads the next bytes while it is not 0. Those from `offset` on left first at `begunAt`
 * and last at `sentAt`, and do again when there is no answer for `waitMs`.
 */
export interface Sending {
  readonly snapshot: SnapshotName
  readonly size: number
  offset: number
  request: number
  begunAt: number
  sentAt: number
  waitMs: number
}

/** The rounds of a new voter: each ends when it has what the leader had as the round began (Raft thesis 4.2.1). */
export interface CatchUp {
  rounds: number
  goal: number
  since: number
  done: boolean
}

/** Whether the node has answered within `electionMs`. */
export const answersLately = ({ answeredAt }: Progress, now: number, electionMs: number): boolean =>
  now - answeredAt <= electionMs

/** What is known at first: nothing but that the node may have all in front of `next`. */
export const makeProgress = (id: NodeId, next: number, now: number, incarnation = 0): Progress => ({
  id,
  mode: "Probe",
  match: 0,
  next,
  inFlight: 0,
  counted: next,
  probing: false,
  since: 0,
  answered: 0,
  answeredAt: now,
  aliveSince: now,
  told: 0,
  incarnation,
  sending: undefined,
  catchUp: undefined
})
