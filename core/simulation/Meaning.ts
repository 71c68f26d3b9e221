import type { Answer } from "../machine/index.ts"

/**
 * What an output means: a request to the modelled world, which ends with exactly one input.
 *
 * **Details**
 *
 * - `resource`: tasks of one node with the same resource are done one after the other, in the order of the outputs, and
 *   answered in that order; `undefined` overlaps with everything
 * - `act`: does the effect and gives the input that answers it. When it gives `undefined`, a part is done: it is called
 *   again later, and the node may crash in between
 * - `timedOut`: the input that says that the outcome is unknown; without it the task is never said to have timed out
 * - `repeatable`: whether the way to the resource may deliver the request more than once; the last answer counts
 * - `remote`: whether the effect is beyond the node's reach once the request is sent, so that it may still happen after
 *   the node has crashed or was told that its time is up
 */
export interface Task<Input> {
  readonly _tag: "Task"
  readonly resource: string | undefined
  readonly act: () => Input | undefined
  readonly timedOut: Input | undefined
  readonly repeatable: boolean
  readonly remote: boolean
}

/** What may be left out of a task: it then has no time to run out of, is done once, and ends with its node. */
export interface TaskOptions<Input> {
  readonly timedOut?: Input
  readonly repeatable?: boolean
  readonly remote?: boolean
}

/** What an output means: a message to the node of this name, through the simulated network. */
export interface Send {
  readonly _tag: "Send"
  readonly to: string
  readonly message: unknown
}

/** What an output means: nothing at all. */
export interface Nothing {
  readonly _tag: "Nothing"
}

/** What an output of a machine means in a simulation. */
export type Meaning<Input> = Answer | Task<Input> | Send | Nothing

/** Makes a {@link Task}. */
export const task = <Input>(
  resource: string | undefined,
  act: () => Input | undefined,
  options?: TaskOptions<Input>
): Task<Input> => ({
  _tag: "Task",
  resource,
  act,
  timedOut: options?.timedOut,
  repeatable: options?.repeatable ?? false,
  remote: options?.remote ?? false
})

/** Makes a {@link Send}. */
export const send = (to: string, message: unknown): Send => ({ _tag: "Send", to, message })

/** See {@link Nothing}. */
export const nothing: Nothing = { _tag: "Nothing" }
