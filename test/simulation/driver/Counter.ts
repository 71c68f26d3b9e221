import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { makeSimulation, task } from "./index.ts"
import type { Actor, Report } from "./index.ts"

/** A counter that writes its value ahead: an addition is acknowledged once the disk has it. */
export type CounterInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Add" }
  | { readonly _tag: "Written"; readonly value: number }
  | { readonly _tag: "Unknown"; readonly value: number }

export type CounterOutput =
  | { readonly _tag: "Write"; readonly value: number }
  | { readonly _tag: "Added"; readonly value: number }

export interface CounterState {
  readonly value: number
  /** When to write the value again, because the outcome of a write is unknown. */
  readonly retryAt: number | undefined
  readonly now: number
}

export type CounterMachine = Machine<CounterState, CounterInput, CounterOutput>

const backoffMs = 50

export const counter: CounterMachine = {
  wakeAt: ({ retryAt }) => retryAt,
  step: (state, input) => {
    switch (input._tag) {
      case "Tick": {
        const due = state.retryAt !== undefined && state.retryAt <= input.now
        const next = { ...state, now: input.now, retryAt: due ? undefined : state.retryAt }
        return [next, due ? [{ _tag: "Write", value: state.value }] : []]
      }
      case "Add": {
        const value = state.value + 1
        return [{ ...state, value }, [{ _tag: "Write", value }]]
      }
      case "Written":
        return [state, [{ _tag: "Added", value: input.value }]]
      case "Unknown":
        return [{ ...state, retryAt: state.now + backoffMs }, []]
    }
  }
}

/** A bug: it acknowledges before the disk has the value. */
export const hasty: CounterMachine = {
  wakeAt: counter.wakeAt,
  step: (state, input) => {
    const [next, outputs] = counter.step(state, input)
    if (input._tag === "Written") return [next, []]
    return [next, outputs.flatMap((one) => [{ _tag: "Added" as const, value: one.value }, one])]
  }
}

/** A bug: it takes an unknown outcome for a success. */
export const hopeful: CounterMachine = {
  wakeAt: counter.wakeAt,
  step: (state, input) => counter.step(state, input._tag === "Unknown" ? { ...input, _tag: "Written" } : input)
}

/** Adds to a counter that crashes, and fails where an acknowledged value is not on the disk. */
export const simulateCounter = (seed: number, machine: CounterMachine = counter, ordered = true): Report => {
  const faults = { crash: 1, timeOut: 5, delay: 5, repeat: 5 }
  const simulation = makeSimulation({ seed, faults, rerun: "npm run simulate -- counter" })
  let disk = 0
  let acknowledged = 0
  const promise = (value: number): void => {
    if (value > disk) simulation.fail(`${value} is acknowledged and the disk has ${disk}.`)
    acknowledged = Math.max(acknowledged, value)
    simulation.mark("acknowledged")
  }
  const write = (value: number): CounterInput => {
    if (value < disk) simulation.fail(`${value} is written over ${disk}.`)
    disk = value
    return { _tag: "Written", value }
  }
  const open = (): Actor<CounterState, CounterInput> =>
    simulation.spawn<CounterState, CounterInput, CounterOutput>({
      name: "counter",
      machine,
      state: { value: disk, retryAt: undefined, now: 0 },
      tick: (now) => ({ _tag: "Tick", now }),
      perform: (output) =>
        output._tag === "Added"
          ? answer(() => promise(output.value))
          : task<CounterInput>(ordered ? "disk" : undefined, () => write(output.value), {
              timedOut: { _tag: "Unknown", value: output.value },
              repeatable: true
            }),
      crashed: () => {
        if (disk < acknowledged) simulation.fail(`${acknowledged} was acknowledged and the disk has ${disk}.`)
        actor = open()
      }
    })
  let actor = open()
  simulation.run(40, [
    { name: "add", weight: 9, run: () => actor.feed({ _tag: "Add" }) },
    { name: "wait", weight: 1, run: () => simulation.pass(20) }
  ])
  simulation.settle("the disk has the last value", () => disk === actor.state().value)
  return simulation.report()
}
