import { makePrng } from "../../core/simulation/index.ts"
import type { Measure } from "./Bench.ts"

const draws = 300_000
const random = makePrng(1)

/**
 * How fast this machine computes at the moment: nanoseconds for one number of sfc32.
 *
 * **Details**
 *
 * The same work each time, without memory: whatever else wants the cores shows in it. Rates of different runs can be told
 * from each other by it.
 */
export const calibration: Measure = {
  name: "one draw of sfc32, to compare runs by",
  unit: "ns",
  rounds: 21,
  run: () => {
    const began = performance.now()
    let sum = 0
    for (let draw = 0; draw < draws; draw++) sum += random.below(1000)
    if (sum === 0) throw new Error("the generator is broken")
    return ((performance.now() - began) * 1e6) / draws
  }
}
