/**
 * How tasks go, and how often something goes wrong with them, in percent of the occasions.
 *
 * **Details**
 *
 * - `minMs`, `meanMs`: an effect takes `minMs` milliseconds and an exponentially spread part of about `meanMs`, and its
 *   answer once more as much
 * - `slow`: either takes about `slowMs` longer
 * - `timeOut`: a task that can time out does, with its effect done, not done, or (where it is remote) done later
 * - `repeat`: a repeatable effect happens once more before it is answered
 * - `linger`: a remote task of a node that ends is already on its way, and takes effect some time later
 * - `crash`: the node crashes before an output is started, before an effect, or between an effect and its answer, and
 *   begins again after about `downMs` milliseconds
 */
export interface TaskRates {
  readonly minMs: number
  readonly meanMs: number
  readonly slow: number
  readonly slowMs: number
  readonly timeOut: number
  readonly repeat: number
  readonly linger: number
  readonly crash: number
  readonly downMs: number
}

/** How tasks go until something else is said: a millisecond or so, and nothing goes wrong. */
export const calmTasks: TaskRates = {
  minMs: 0,
  meanMs: 1,
  slow: 0,
  slowMs: 100,
  timeOut: 0,
  repeat: 0,
  linger: 0,
  crash: 0,
  downMs: 50
}
