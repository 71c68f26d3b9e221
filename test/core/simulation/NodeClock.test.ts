import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NodeClock } from "../../../core/simulation/NodeClock.ts"

const change = fc.record({
  after: fc.integer({ min: 0, max: 1000 }),
  step: fc.option(fc.integer({ min: -500, max: 500 }), { nil: undefined }),
  drift: fc.integer({ min: -900, max: 900 })
})

describe("the clock of a node", () => {
  it("never goes back but by a step, and shows a time first when it says that it will", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), fc.integer({ min: 1, max: 5000 }), (changes, ahead) => {
        const clock = new NodeClock()
        let now = 1000
        let shown = clock.at(now)
        for (const { after, drift, step } of changes) {
          for (let ms = 0; ms < after; ms += 100) {
            expect(clock.at(now + ms)).toBeGreaterThanOrEqual(shown)
            shown = clock.at(now + ms)
          }
          now += after
          clock.drift(now, drift)
          if (step !== undefined) clock.step(now, step)
          shown = clock.at(now)
          const due = shown + ahead
          expect(clock.at(clock.when(due))).toBeGreaterThanOrEqual(due)
          expect(clock.at(clock.when(due) - 1)).toBeLessThan(due)
        }
      }),
      { numRuns: 200 }
    )
  })

  it("gains as much as its drift says", () => {
    const clock = new NodeClock()
    clock.drift(1000, 50)
    expect(clock.at(3000)).toBe(3100)
    clock.drift(3000, 0)
    expect(clock.at(4000)).toBe(4100)
  })
})
