/**
 * What kind of event it was.
 *
 * - `input`: a machine stepped an input
 * - `output`: a machine's output was started, or an answer handed over
 * - `effect`: a task took effect, or a part of it did
 * - `send`, `deliver`, `drop`: a message began its way, arrived, or was lost
 * - `crash`, `start`: a node ended, or began to live
 * - `fault`: something was made to go wrong
 * - `move`: the workload did something
 * - `mark`: something came about that a batch of runs has to have met
 * - `note`: a line that the scenario wrote
 */
export type TraceKind =
  | "input"
  | "output"
  | "effect"
  | "send"
  | "deliver"
  | "drop"
  | "crash"
  | "start"
  | "fault"
  | "move"
  | "mark"
  | "note"

/**
 * One event of a run, for people and drawings.
 *
 * **Details**
 *
 * - `at`: virtual time in milliseconds
 * - `node`: where it happened; empty for what belongs to no node, such as a cut between two of them
 * - `what`: the label of the input, output, message, fault or move
 * - `message`: pairs a `send` with its `deliver` or `drop`; a duplicated message has one `send` and several `deliver`
 * - `from`, `to`: the other end of a message's way
 * - `status`: the node's own account of itself after the event, such as its role and term
 */
export interface TraceEvent {
  readonly at: number
  readonly node: string
  readonly kind: TraceKind
  readonly what: string
  readonly message?: number | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly status?: string | undefined
}
