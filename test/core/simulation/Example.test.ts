import { describe, expect, it } from "vitest"
import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { check, task } from "../../../core/simulation/index.ts"
import type { Scenario } from "../../../core/simulation/index.ts"
import { failureOf } from "./Memory.ts"

interface State {
  readonly holder: string | undefined
}
type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Acquire"; readonly by: string }
  | { readonly _tag: "Release"; readonly by: string }
  | { readonly _tag: "Written"; readonly holder: string | undefined }
type Output =
  | { readonly _tag: "Write"; readonly holder: string | undefined }
  | { readonly _tag: "Granted"; readonly to: string }

/** Grants a lock once its disk knows. */
const lockServer: Machine<State, Input, Output> = {
  wakeAt: () => undefined,
  step: (state, input) => {
    switch (input._tag) {
      case "Tick":
        return [state, []]
      case "Acquire":
        return state.holder === undefined ? [{ holder: input.by }, [{ _tag: "Write", holder: input.by }]] : [state, []]
      case "Release":
        if (state.holder !== input.by) return [state, []]
        return [{ holder: undefined }, [{ _tag: "Write", holder: undefined }]]
      case "Written":
        return [state, input.holder === undefined ? [] : [{ _tag: "Granted", to: input.holder }]]
    }
  }
}

/** A bug: it says so before. */
const hastyServer: Machine<State, Input, Output> = {
  ...lockServer,
  step: (state, input) => {
    const [next, outputs] = lockServer.step(state, input)
    if (input._tag === "Written") return [next, []]
    const { holder } = next
    return [
      next,
      outputs.length === 0 || holder === undefined ? outputs : [{ _tag: "Granted", to: holder }, ...outputs]
    ]
  }
}

const lock = (machine: typeof lockServer): Scenario => ({
  name: "lock",
  knobs: { writing: [1, 30], faults: [0, 30] },
  seeds: 200,
  marks: { granted: 500, crash: 100 },
  run: (simulation) => {
    let disk: string | undefined
    let holder: string | undefined
    simulation.tasks({ meanMs: simulation.knob("writing") })
    const server = simulation.node<State, Input, Output>({
      name: "server",
      boot: () => ({
        machine,
        state: { holder: disk },
        tick: (now) => ({ _tag: "Tick", now }),
        perform: (output) =>
          output._tag === "Write"
            ? task("disk", () => {
                disk = output.holder
                return { _tag: "Written", holder: output.holder }
              })
            : answer(() => {
                simulation.mark("granted")
                if (holder !== undefined) simulation.fail("one holder", `${output.to} has it, and so has ${holder}.`)
                holder = output.to
              })
      })
    })
    simulation.nemesis({
      nodes: ["server"],
      kinds: ["crash", "crash at an effect", "crash at an output", "pause"],
      gapMs: simulation.knob("faults")
    })
    simulation.run({ moves: 40, gapMs: 10 }, [
      { name: "acquire", weight: 2, run: (random) => server.feed({ _tag: "Acquire", by: random.pick(["a", "b"]) }) },
      {
        name: "release",
        weight: 1,
        run: () => {
          if (holder === undefined || !server.alive()) return
          server.feed({ _tag: "Release", by: holder })
          holder = undefined
        }
      }
    ])
    simulation.settle("the server is up", () => server.alive(), { withinMs: 1000 })
  }
})

describe("the example of the documentation", () => {
  it("never grants the lock to two", () => {
    expect(check(lock(lockServer)).marks.get("granted")).toBeGreaterThan(500)
  })

  it("finds a server that speaks too early, and what it takes", () => {
    const failed = failureOf(() => check(lock(hastyServer)))
    expect(failed.invariant).toBe("one holder")
    expect(failed.plan.faults).toHaveLength(1)
    expect(failed.plan.moves).toHaveLength(2)
  })
})
