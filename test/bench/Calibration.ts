import { type Measure, processorMs, type Side } from "./Bench.ts"

const draws = 10_000_000

/** Numbers of sfc32, each from the one before: nothing but arithmetic, whatever the project's own code does. */
const draw = (count: number): number => {
  let [a, b, c, counter, sum] = [1, 2, 3, 1, 0]
  for (let left = count; left > 0; left--) {
    const word = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + word) | 0
    sum = (sum + word) | 0
  }
  return sum
}

const expected = draw(draws)

/**
 * A baseline that shares no code with what it is held against: what one side teaches the compiler slows down no other. A
 * hundred numbers count as one, which takes about a microsecond.
 */
export const drawing: Side = {
  name: "a hundred numbers of sfc32 for each",
  run: () => {
    if (draw(draws) !== expected) throw new Error("the same draws give other numbers")
    return draws / 100
  }
}

/**
 * How fast this machine computes at the moment: nanoseconds of a processor for one number of sfc32.
 *
 * **Details**
 *
 * The same work each time, without memory: what a core does beside, and how fast it is run, shows in it. Rates of different
 * runs can be told from each other by it.
 */
export const calibration: Measure = {
  name: "one draw of sfc32, to compare runs by",
  unit: "ns",
  rounds: 11,
  run: () => {
    const began = processorMs()
    if (draw(draws) !== expected) throw new Error("the same draws give other numbers")
    return ((processorMs() - began) * 1e6) / draws
  }
}
