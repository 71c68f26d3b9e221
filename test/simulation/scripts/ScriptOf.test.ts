import { describe, expect, it } from "vitest"
import * as chain from "../../../core/chain/index.ts"
import { makeChainScenario, scriptOf } from "../../../core/scenarios/index.ts"

/** The chain, with what its machines do written down: payloads, incarnations and numbers of requests are others in a script. */
const listening = (steps: Array<string>): typeof chain => ({
  ...chain,
  chain: {
    wakeAt: chain.chain.wakeAt,
    step: (state, input) => {
      const { stopped } = state
      const transition = chain.chain.step(state, input)
      const outputs = transition[1].map((output) => output._tag).join(" ")
      if (!stopped) steps.push(`n${state.settings.id} ${input._tag}: ${outputs} ${chain.status(state).term}`)
      return transition
    }
  }
})

describe("the script of a run", () => {
  for (const seed of [2, 3, 5, 8, 11]) {
    it(`does what seed ${seed} did, step for step`, () => {
      const steps: Array<string> = []
      const text = scriptOf(makeChainScenario, listening(steps), { scenario: "chain", seed })
      expect(text).not.toContain("no such message")
      expect(text).not.toContain("VIOLATED")
      // Once in the simulation, and once in the script.
      const half = steps.length / 2
      expect(half).toBeGreaterThan(0)
      expect(steps.slice(half)).toEqual(steps.slice(0, half))
    })
  }
})
