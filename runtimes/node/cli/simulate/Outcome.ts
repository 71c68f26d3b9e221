import type { SimulationWorker } from "../../../simulate/index.ts"

/**
 * What a command came to.
 *
 * **Details**
 *
 * `text` is for people and `json` for programs; `bad` is the sentence by which the command fails, if it does.
 */
export interface Outcome {
  readonly text: string
  readonly json: unknown
  readonly bad: string | undefined
}

/** Workers, at least one. */
export type Workers = readonly [SimulationWorker, ...ReadonlyArray<SimulationWorker>]

/** Takes how the line of progress is made from now on. */
export type Doing = (text: () => string) => void
