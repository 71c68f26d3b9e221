/** One side of a comparison: `run` does the work once and says how many units it did. */
export interface Side {
  readonly name: string
  readonly run: () => number | Promise<number>
}

/** A comparison: `subject` against the `baseline` beside it, in the same run. */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly baseline: Side
  readonly subject: Side
}

/** What came out: units per second of both sides, and the subject's over the baseline's. */
export interface Figures {
  readonly baseline: number
  readonly subject: number
  readonly ratio: number
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const rate = async ({ run }: Side, leastMs: number): Promise<number> => {
  let units = 0
  const began = performance.now()
  let elapsed = 0
  while (elapsed < leastMs) {
    units += await run()
    elapsed = performance.now() - began
  }
  return (units / elapsed) * 1000
}

/**
 * Runs both sides in turn, so that whatever else the machine does meets both, and takes the medians.
 *
 * **Details**
 *
 * The ratio is the median of the ratios of the rounds, not the ratio of the medians.
 */
export const compare = async ({ baseline, subject }: Comparison, rounds = 7, leastMs = 200): Promise<Figures> => {
  await rate(baseline, leastMs / 2)
  await rate(subject, leastMs / 2)
  const pairs: Array<readonly [number, number]> = []
  for (let round = 0; round < rounds; round++) {
    const first = await rate(baseline, leastMs)
    pairs.push([first, await rate(subject, leastMs)])
  }
  return {
    baseline: median(pairs.map(([one]) => one)),
    subject: median(pairs.map(([, two]) => two)),
    ratio: median(pairs.map(([one, two]) => two / one))
  }
}

const scaled = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1)

/** One line of the table. */
export const line = ({ baseline, name, subject, unit }: Comparison, figures: Figures): string =>
  [
    name.padEnd(34),
    `${scaled(figures.subject)} ${unit}/s`.padStart(20),
    `${scaled(figures.baseline)} ${unit}/s`.padStart(20),
    figures.ratio.toFixed(2).padStart(7),
    `  ${subject.name} against ${baseline.name}`
  ].join("")
