/** How many units a `run` did; where it timed them one by one, how long each took, in milliseconds. */
export type Work = number | { readonly units: number; readonly each: ReadonlyArray<number> }

/** One side of a comparison: `run` does the work once. */
export interface Side {
  readonly name: string
  readonly run: () => Work | Promise<Work>
}

/**
 * A comparison: `subject` against the `baseline` beside it, in the same run.
 *
 * **Details**
 *
 * `goal` is the least ratio that is wanted, `rateGoal` the least rate of the subject. With `latencies` the line tells how
 * long one `run` of each side took, or one unit where units were timed. Rates are by the processor time of this process
 * where `clock` says so: for work that waits for nothing, whatever else the machine does meanwhile. Both sides run for
 * `warmMs` before anything is timed (100): what is compiled while it runs takes seconds until it is as fast as it gets.
 * There are `rounds` (21), of 100 ms for each side or one `run` where that takes longer.
 */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly baseline: Side
  readonly subject: Side
  readonly goal?: number
  readonly rateGoal?: number
  readonly latencies?: boolean
  readonly clock?: "processor"
  readonly warmMs?: number
  readonly rounds?: number
}

/**
 * Something that is measured by itself, `rounds` times.
 *
 * **Details**
 *
 * The line is about the median, or about the value below which `part` of all lie. That should be at most `goal`, or at
 * least `leastGoal`.
 */
export interface Measure {
  readonly name: string
  readonly unit: "ms" | "MiB" | "B" | "ns" | "times" | "time-outs"
  readonly rounds: number
  readonly part?: number
  readonly goal?: number
  readonly leastGoal?: number
  readonly run: () => number | Promise<number>
}

/** Values that were taken by whatever had to run for them; the line is about them as it is about those of a measure. */
export interface Taken extends Omit<Measure, "rounds" | "run"> {
  readonly values: ReadonlyArray<number>
}

/** What an area calls with each line of its own, in order. */
export type Report = (item: Comparison | Measure | Taken) => Promise<void>

/**
 * What was given on the command line: the address of a broker to measure, as `host:port`; which store, by the beginning of
 * its name; and whether to take hours.
 */
export interface Given {
  readonly brokers?: string | undefined
  readonly store?: string | undefined
  readonly full?: boolean | undefined
}

/** A part of the benchmarks, which can be run alone; `about` says in some words what it measures. */
export interface Area {
  readonly name: string
  readonly about: string
  readonly run: (report: Report, given: Given) => Promise<void>
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

type Clock = () => number

const wallMs: Clock = () => performance.now()

/** Milliseconds that all threads of this process have computed for. */
export const processorMs: Clock = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

const time = async ({ run }: Side, leastMs: number, clock: Clock): Promise<Timed> => {
  const each: Array<number> = []
  const began = clock()
  let units = 0
  let now = began
  while (now - began < leastMs) {
    const before = now
    const work = await run()
    now = clock()
    if (typeof work === "number") {
      units += work
      each.push(now - before)
    } else {
      units += work.units
      for (const ms of work.each) each.push(ms)
    }
  }
  return { rate: (units / (now - began)) * 1000, each }
}

const scaled = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1)

const nameWidth = 56

const columns = (name: string, subject: string, baseline: string, ratio: string, goal: string, notes: string): string =>
  [
    name.padEnd(nameWidth),
    subject.padStart(20),
    baseline.padStart(20),
    ratio.padStart(7),
    goal.padStart(14),
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

const usualRounds = 21
const leastMs = 100

/**
 * Runs both sides in turn, so that whatever else the machine does meets both, and gives the line of the table.
 *
 * **Details**
 *
 * The rates are medians of the rounds. The ratio is the median of the ratios of the rounds, not the ratio of the medians;
 * half of them lie in the range behind it.
 * Latencies are the median and the 99th percentile of the single runs of all rounds.
 */
export const compare = async (comparison: Comparison): Promise<string> => {
  const { baseline, goal, latencies, name, rateGoal, subject, unit } = comparison
  const { rounds = usualRounds, warmMs = leastMs } = comparison
  const clock = comparison.clock === "processor" ? processorMs : wallMs
  await time(baseline, warmMs, clock)
  await time(subject, warmMs, clock)
  const ones: Array<Timed> = []
  const others: Array<Timed> = []
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0
    if (first) ones.push(await time(baseline, leastMs, clock))
    others.push(await time(subject, leastMs, clock))
    if (!first) ones.push(await time(baseline, leastMs, clock))
  }
  const ratios = others.map(({ rate }, round) => rate / (ones[round]?.rate ?? Number.NaN))
  const spread = [0.25, 0.75].map((part) => quantile(ratios, part).toFixed(2)).join(" - ")
  const figure = (of: ReadonlyArray<Timed>): string => `${scaled(median(of.map(({ rate }) => rate)))} ${unit}/s`
  const times = latencies === true ? ` (p50/p99 ${latency(others)} against ${latency(ones)})` : ""
  return columns(
    name,
    figure(others),
    figure(ones),
    median(ratios).toFixed(2),
    goal !== undefined ? `≥ ${goal.toFixed(2)}` : rateGoal !== undefined ? `≥ ${scaled(rateGoal)}` : "",
    `[${spread}] ${subject.name} against ${baseline.name}${times}`
  )
}

/** Gives the line of the table about values, with the median, the 99th percentile and the extremes. */
export const tell = ({ goal, leastGoal, name, part = 0.5, unit, values }: Taken): string => {
  const show = (value: number): string => value.toFixed(unit === "time-outs" ? 2 : 1)
  const tail = values.length < 100 ? "" : `p50/p99 ${show(median(values))}/${show(quantile(values, 0.99))}, `
  const [least, most] = [quantile(values, 0), quantile(values, 1)]
  const range = values.length === 1 ? "" : `${tail}from ${show(least)} to ${show(most)} in ${values.length} rounds`
  return columns(
    name,
    `${show(quantile(values, part))} ${unit}`,
    "",
    "",
    goal !== undefined ? `≤ ${goal} ${unit}` : leastGoal !== undefined ? `≥ ${leastGoal}` : "",
    range
  )
}

/** Takes a measure and gives the line of the table. */
export const measure = async ({ rounds, run, ...line }: Measure): Promise<string> => {
  const values: Array<number> = []
  for (let round = 0; round < rounds; round++) values.push(await run())
  return tell({ ...line, values })
}
