import type { Report, Summary, TraceEvent } from "./driver/index.ts"

/**
 * A simulation that can be run by its name.
 *
 * **Details**
 *
 * `seeds` is how many runs a batch has, and `marks` how often at least such a batch must have seen what is worth
 * simulating; `run` throws where something is violated, and shows its events to `watch`.
 */
export interface Scenario {
  readonly seeds: number
  readonly marks: Readonly<Record<string, number>>
  readonly run: (seed: number, watch?: (event: TraceEvent) => void) => Report
}

/** The command that runs a simulation. */
export const commandOf = (name: string): string => `npm run simulate -- ${name}`

/** What a batch should have seen and has not, or not often enough. */
export const missingMarks = ({ marks }: Scenario, summary: Summary): ReadonlyArray<string> =>
  Object.entries(marks)
    .filter(([name, least]) => (summary.marks.get(name) ?? 0) < least)
    .map(([name, least]) => `${name}: ${summary.marks.get(name) ?? 0} times, not ${least}`)
