import type { Burst, NetworkOptions } from "./Network.ts"
import type { NemesisOptions } from "./Nemesis.ts"
import type { Node, NodeOptions } from "./Node.ts"
import type { Prng } from "./Prng.ts"
import type { TaskRates } from "./TaskRates.ts"

/** Something that the workload does from time to time, in `weight` of all moves' weights; `random` is the move's own. */
export interface Move {
  readonly name: string
  readonly weight: number
  readonly run: (random: Prng) => void
}

/**
 * How much workload there is: so many moves, one about every `gapMs` milliseconds; the phase lasts `horizonMs`, or until
 * a while after the last move.
 */
export interface RunOptions {
  readonly moves: number
  readonly gapMs: number
  readonly horizonMs?: number
}

/**
 * Within how many milliseconds of virtual time it must come about; with `core` only these nodes, and the links between
 * them, heal: all others stay as bad as they are, for ever.
 */
export interface SettleOptions {
  readonly withinMs: number
  readonly core?: ReadonlyArray<string>
}

/**
 * What a scenario's body sees of its run.
 *
 * **Details**
 *
 * - `knob`: the value of a knob in this run; fails where the scenario has no such knob
 * - `now`: virtual time in milliseconds
 * - `random`: the scenario's stream of random numbers for a purpose; the same name gives the same stream. What a move
 *   decides comes from the move's own generator
 * - `chance`: whether an ambient fault of the scenario's own happens, in `percent` of the cases; never while settling. It
 *   is recorded, so that a shrunk plan is free to leave it out
 * - `node`: begins a node
 * - `network`: says how links are, all of them or some; `cut` and `mend` do it for a link
 * - `tasks`: says how tasks go, and how often something goes wrong with them
 * - `nemesis`: lets timed faults happen during the `run`s that follow
 * - `run`: lets the workload's moves happen, and everything else, until the end of the phase
 * - `settle`: ends every fault, and fails where `done` does not come about in time; `what` says what is waited for, and
 *   is the same in every run. Nor does it end before tasks that outlive whoever asked for them
 * - `pass`, `events`: lets everything happen for so many milliseconds, or so many events
 * - `mark`: counts something that a batch of runs must have come to; faults are counted by their kinds
 * - `note`: writes a line into the trace
 * - `digest`: sums up what a scenario knows beside its nodes, for a search that tells states apart
 * - `fail`: ends the run; `invariant` names what was violated and is a constant, `what` says how
 */
export interface Simulation {
  readonly seed: number
  readonly knob: (name: string) => number
  readonly now: () => number
  readonly random: (stream: string) => Prng
  readonly chance: (stream: string, percent: number) => boolean
  readonly node: <State, Input, Output, Message = never>(
    options: NodeOptions<State, Input, Output, Message>
  ) => Node<State, Input>
  readonly network: (options: Partial<NetworkOptions>, from?: string, to?: string) => void
  readonly cut: (from: string, to: string) => void
  readonly mend: (from: string, to: string) => void
  readonly burst: (of: Burst, by: number, from: string, to: string) => void
  readonly tasks: (rates: Partial<TaskRates>) => void
  readonly nemesis: (options: NemesisOptions) => void
  readonly run: (options: RunOptions, workload: ReadonlyArray<Move>) => void
  readonly settle: (what: string, done: () => boolean, options: SettleOptions) => void
  readonly pass: (ms: number) => void
  readonly events: (count: number) => void
  readonly mark: (name: string) => void
  readonly note: (text: string) => void
  readonly digest: (sum: () => number) => void
  readonly fail: (invariant: string, what: string) => never
}
