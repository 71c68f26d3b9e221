/**
 * What one step of a machine gives: the next state, and the outputs in the order in which they are to be started.
 */
export type Transition<State, Output> = readonly [state: State, outputs: ReadonlyArray<Output>]

/**
 * The one shape that every state machine of this package has.
 *
 * **Details**
 *
 * `step` is synchronous, total and deterministic: the same state and input give the same transition, always. Time is an
 * input (milliseconds since the epoch, fed before other inputs whenever the clock has moved), entropy is an input or a
 * seeded generator inside the state. Disk, network and stores are outputs; how they ended comes back as inputs. An
 * output is either an answer, which is handed over at once, or a request that carries an id and is answered by exactly
 * one input: done, failed, or timed out (outcome unknown).
 *
 * `wakeAt` is the time, in milliseconds since the epoch, at which the state has something to do although nothing
 * happens; `undefined` when only an input can move it.
 *
 * **Gotchas**
 *
 * A machine may own private mutable storage where copying would dominate, as long as `step` is its only writer.
 */
export interface Machine<State, Input, Output> {
  readonly step: (state: State, input: Input) => Transition<State, Output>
  readonly wakeAt: (state: State) => number | undefined
}
