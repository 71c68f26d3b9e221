/**
 * What a cluster agrees on, as a fold of its commands.
 *
 * **Details**
 *
 * - `initial`: the state before the first command
 * - `apply`: the state after a command, and the answer for whoever proposed it; `position` is the number of commands in
 *   front of it, the same on every node
 * - `encode`, `decode`: the state as it is kept and sent in a snapshot; `decode` may throw `DecodeError`
 *
 * **Gotchas**
 *
 * All four are pure: the same on every node, at every time, in every version that runs at the same time. Nothing but the
 * state and the command may matter, neither clock nor entropy nor the order of a hash table. What `apply` throws stops
 * the node, since it would have another state than the others if it went on. A command that is wrong is an answer that
 * says so. Answers are kept in snapshots for those who ask again, so keep them small.
 */
export interface Application<State> {
  readonly initial: State
  readonly apply: (state: State, command: Uint8Array, position: number) => readonly [state: State, answer: Uint8Array]
  readonly encode: (state: State) => Uint8Array
  readonly decode: (bytes: Uint8Array) => State
}
