import { expect, it } from "vitest"
import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { explore, firstFailure, makeSimulation, seedsFrom, swarmRates, task } from "./index.ts"
import type { Actor, Report } from "./index.ts"

type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Set"; readonly value: number }
  | { readonly _tag: "Written"; readonly value: number }
type Output = { readonly _tag: "Write" | "Saved"; readonly value: number }

/** Says that a value is saved when the disk has it. */
const register: Machine<number, Input, Output> = {
  step: (value, input) => {
    switch (input._tag) {
      case "Tick":
        return [value, []]
      case "Set":
        return [input.value, [{ _tag: "Write", value: input.value }]]
      case "Written":
        return [value, [{ _tag: "Saved", value: input.value }]]
    }
  },
  wakeAt: () => undefined
}

const simulate = (seed: number, machine = register): Report => {
  const simulation = makeSimulation({ seed, faults: swarmRates(seed), rerun: "npm run simulate -- register" })
  let disk = 0
  const open = (): Actor<number, Input> =>
    simulation.spawn<number, Input, Output>({
      name: "register",
      machine,
      state: disk,
      tick: (now) => ({ _tag: "Tick", now }),
      perform: ({ _tag, value }) =>
        _tag === "Write"
          ? task<Input>("disk", () => {
              disk = value
              return { _tag: "Written", value }
            })
          : answer(() => {
              simulation.mark("saved")
              if (disk < value) simulation.fail(`${value} is said to be saved, and the disk has ${disk}`)
            }),
      crashed: () => {
        actor = open()
      }
    })
  let actor = open()
  let last = 0
  simulation.run(50, [{ name: "set", weight: 1, run: () => actor.feed({ _tag: "Set", value: ++last }) }])
  simulation.settle("the disk has the register's value", () => disk === actor.state())
  return simulation.report()
}

it("the example of the documentation runs, and sees what it is to see", () => {
  const summary = explore(seedsFrom(1, 200), simulate)
  expect(summary.marks.get("saved")).toBeGreaterThan(1000)
  expect(summary.marks.get("crash")).toBeGreaterThan(10)
})

it("the example finds a register that speaks too early, and says how to run it again", () => {
  const early: typeof register = {
    ...register,
    step: (value, input) => {
      const [next, outputs] = register.step(value, input)
      return [next, outputs.map((output): Output => ({ ...output, _tag: "Saved" }))]
    }
  }
  const failed = firstFailure(seedsFrom(1, 200), (seed) => simulate(seed, early))
  expect(failed?.what).toMatch(/is said to be saved, and the disk has 0/)
  expect(failed?.rerun).toBe(`npm run simulate -- register --seed ${failed?.seed}`)
})
