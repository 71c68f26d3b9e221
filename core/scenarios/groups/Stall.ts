import type { Machine } from "../../machine/index.ts"

/** The input with which a process stands still for so many milliseconds. */
export interface Stall {
  readonly _tag: "Stall"
  readonly ms: number
}

/** What such a process takes: the time is told to it, and by it to its machine when it goes on. */
export type StallInput<Input> = Input | Stall | { readonly _tag: "Time"; readonly now: number }

/** A machine in a process that stands still at times: what comes meanwhile is taken afterwards. */
export interface Stalled<State, Input> {
  readonly inner: State
  readonly now: number
  readonly until: number
  readonly held: ReadonlyArray<Input>
}

/** A process that has never stood still. */
export const lively = <State, Input>(inner: State): Stalled<State, Input> => ({ inner, now: 0, until: 0, held: [] })

/** Makes a machine one whose process may stand still; `tick` must make its own kind of tick. */
export const stallable = <State, Input extends { readonly _tag: string }, Output>(
  machine: Machine<State, Input, Output>,
  tick: (now: number) => Input
): Machine<Stalled<State, Input>, StallInput<Input>, Output> => ({
  wakeAt: ({ held, inner, until }) => (held.length > 0 || until > 0 ? until : machine.wakeAt(inner)),
  step: (state, input) => {
    if (input._tag === "Stall") {
      return [{ ...state, until: Math.max(state.until, state.now + (input as Stall).ms) }, []]
    }
    const isTime = input._tag === "Time"
    const now = isTime ? (input as { readonly now: number }).now : state.now
    const held = isTime ? state.held : [...state.held, input as Input]
    if (now < state.until) return [{ ...state, now, held }, []]
    let { inner } = state
    const outputs: Array<Output> = []
    for (const one of isTime ? [tick(now), ...held] : held) {
      const [next, more] = machine.step(inner, one)
      inner = next
      outputs.push(...more)
    }
    return [{ inner, now, until: 0, held: [] }, outputs]
  }
})
