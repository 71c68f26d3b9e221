import type { PlannedFault } from "./PlannedFault.ts"
import type { Prng } from "./Prng.ts"

/** A kind of timed fault that a nemesis draws. */
export type FaultKind =
  | "crash"
  | "crash the leader"
  | "crash at an effect"
  | "crash at an output"
  | "wipe"
  | "pause"
  | "clock step"
  | "clock drift"
  | "halves"
  | "one way"
  | "isolate"
  | "bridge"
  | "ring"
  | "swizzle"
  | "slow"
  | "loss"
  | "duplicate"
  | "reorder"
  | "sync fails"
  | "disk full"
  | "rot"
  | "misdirect"

/**
 * What a nemesis can do to the disk of a node.
 *
 * **Details**
 *
 * `crash` comes with every crash of the node, before its `crashed`: "power" takes what was not synced, after "process"
 * everything written stays. `random` is the fault's own.
 */
export interface NemesisDisk {
  readonly crash?: (kind: "power" | "process") => void
  readonly wipe?: () => void
  readonly failNextSync?: () => void
  readonly full?: (on: boolean) => void
  readonly rot?: (random: Prng) => void
  readonly misdirect?: (random: Prng) => void
}

/**
 * Which timed faults happen, and how often.
 *
 * **Details**
 *
 * - `nodes`: the names of those that faults happen to
 * - `kinds`: what may happen; each seed draws which of them do at all
 * - `gapMs`: about how many milliseconds lie between two faults; with 0 none is drawn
 * - `downMs`: about how long a crashed node stays down (50)
 * - `lastMs`: about how long cuts, clogs, bursts, pauses and drifts last (200)
 * - `stepMs`: by how much a clock jumps at most (500), `driftPerMille` by how much it drifts at most (100)
 * - `leader`: who leads, for faults that aim at it
 * - `disks`: the disks of the nodes, by their names
 * - `allows`: asked when a fault is about to happen; it does not where the answer is no
 */
export interface NemesisOptions {
  readonly nodes: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<FaultKind>
  readonly gapMs: number
  readonly downMs?: number
  readonly lastMs?: number
  readonly stepMs?: number
  readonly driftPerMille?: number
  readonly leader?: () => string | undefined
  readonly disks?: Readonly<Record<string, NemesisDisk>>
  readonly allows?: (fault: PlannedFault) => boolean
}
