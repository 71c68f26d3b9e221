/** One side of a comparison: `run` does the work once and says how many units it did. */
export interface Side {
  readonly name: string
  readonly run: () => number | Promise<number>
}

/**
 * A comparison: `subject` against the `baseline` beside it, in the same run.
 *
 * **Details**
 *
 * `goal` is the least ratio that is wanted. With `latencies` the line tells how long one `run` of each side took.
 */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly baseline: Side
  readonly subject: Side
  readonly goal?: number
  readonly latencies?: boolean
}

/** Something that is measured by itself, `rounds` times; `goal` is the most that its median should be. */
export interface Measure {
  readonly name: string
  readonly unit: "ms" | "MiB"
  readonly rounds: number
  readonly goal?: number
  readonly run: () => Promise<number>
}

/** What an area calls with each line of its own, in order. */
export type Report = (item: Comparison | Measure) => Promise<void>

/** A part of the benchmarks, which can be run alone. */
export interface Area {
  readonly name: string
  readonly run: (report: Report) => Promise<void>
}

interface Timed {
  readonly rate: number
  readonly each: ReadonlyArray<number>
}

/** The value below which this part of the values lies. */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

const time = async ({ run }: Side, leastMs: number): Promise<Timed> => {
  const each: Array<number> = []
  const began = performance.now()
  let units = 0
  let now = began
  while (now - began < leastMs) {
    const before = now
    units += await run()
    now = performance.now()
    each.push(now - before)
  }
  return { rate: (units / (now - began)) * 1000, each }
}

const scaled = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1)

const nameWidth = 40

const columns = (name: string, subject: string, baseline: string, ratio: string, goal: string, notes: string): string =>
  [
    name.padEnd(nameWidth),
    subject.padStart(20),
    baseline.padStart(20),
    ratio.padStart(7),
    goal.padStart(9),
    `  ${notes}`
  ]
    .join("")
    .trimEnd()

/** The first line of the table. */
export const heading: string = columns("", "subject", "baseline", "ratio", "goal", "")

const latency = (of: ReadonlyArray<Timed>): string => {
  const each = of.flatMap((timed) => timed.each)
  return `${median(each).toFixed(3)}/${quantile(each, 0.99).toFixed(3)} ms`
}

const roundsOfComparison = 21
const leastMs = 100

/**
 * Runs both sides in turn, so that whatever else the machine does meets both, and gives the line of the table.
 *
 * **Details**
 *
 * The rates are medians of the rounds. The ratio is the median of the ratios of the rounds, not the ratio of the medians.
 * Latencies are the median and the 99th percentile of the single runs of all rounds.
 */
export const compare = async ({ baseline, goal, latencies, name, subject, unit }: Comparison): Promise<string> => {
  await time(baseline, leastMs)
  await time(subject, leastMs)
  const ones: Array<Timed> = []
  const others: Array<Timed> = []
  for (let round = 0; round < roundsOfComparison; round++) {
    const first = round % 2 === 0
    if (first) ones.push(await time(baseline, leastMs))
    others.push(await time(subject, leastMs))
    if (!first) ones.push(await time(baseline, leastMs))
  }
  const ratio = median(others.map(({ rate }, round) => rate / (ones[round]?.rate ?? Number.NaN)))
  const figure = (of: ReadonlyArray<Timed>): string => `${scaled(median(of.map(({ rate }) => rate)))} ${unit}/s`
  const times = latencies === true ? ` (p50/p99 ${latency(others)} against ${latency(ones)})` : ""
  return columns(
    name,
    figure(others),
    figure(ones),
    ratio.toFixed(2),
    goal === undefined ? "" : `≥ ${goal.toFixed(2)}`,
    `${subject.name} against ${baseline.name}${times}`
  )
}

/** Takes a measure and gives the line of the table: the median, and the least and the greatest that was seen. */
export const measure = async ({ goal, name, rounds, run, unit }: Measure): Promise<string> => {
  const values: Array<number> = []
  for (let round = 0; round < rounds; round++) values.push(await run())
  const range = `from ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} in ${rounds} rounds`
  return columns(
    name,
    `${median(values).toFixed(1)} ${unit}`,
    "",
    "",
    goal === undefined ? "" : `≤ ${goal} ${unit}`,
    range
  )
}
