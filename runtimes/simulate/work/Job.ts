import type { CompletePlan, Plan, TraceEvent } from "../../../core/simulation/index.ts"
import type { MutantSystem } from "../mutants/Mutant.ts"

/** What is simulated: a system as it is, or with a bug planted in it. */
export interface Subject {
  readonly system: MutantSystem
  readonly mutant?: string | undefined
}

/**
 * What a worker is asked for.
 *
 * **Details**
 *
 * - `Seeds`: runs so many seeds from `first` on, up to the first that fails; `before` is the place of the first of them
 *   in the whole batch, counted from 0. `last` is shared by all workers, and no place behind it is run any more; `at` is
 *   shared with whoever asked, and is the seed that is being run
 * - `Look`: runs a plan and keeps its events, the last `keep` of them
 * - `Shrink`: looks for a smaller plan that fails in the same way, for so many seconds
 * - `Tell`: tells the run of a plan as a script
 */
export type Job =
  | {
      readonly _tag: "Seeds"
      readonly first: number
      readonly count: number
      readonly before: number
      readonly last: Int32Array
      readonly at: Int32Array
    }
  | { readonly _tag: "Look"; readonly plan: Plan; readonly keep: number }
  | { readonly _tag: "Shrink"; readonly plan: CompletePlan; readonly seconds: number }
  | { readonly _tag: "Tell"; readonly plan: Plan }

/** A failed run, as data. `cause` is where it comes from, if something was thrown that is no violation. */
export interface Violated {
  readonly invariant: string
  readonly what: string
  readonly plan: CompletePlan
  readonly hash: string
  readonly events: number
  readonly cause: string | undefined
}

/** Runs of seeds one after the other, and the one that failed after them. */
export interface SeedsRan {
  readonly _tag: "SeedsRan"
  readonly hashes: ReadonlyArray<string>
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
  readonly violated: Violated | undefined
}

/** A run with its events; `skipped` is how many came before those, `unused` what of its plan never came about. */
export interface Looked {
  readonly _tag: "Looked"
  readonly hash: string
  readonly events: number
  readonly virtualMs: number
  readonly marks: ReadonlyMap<string, number>
  readonly plan: CompletePlan
  readonly trace: ReadonlyArray<TraceEvent>
  readonly skipped: number
  readonly unused: ReadonlyArray<string>
  readonly violated: Violated | undefined
}

/** What became of a plan, after how many runs. */
export interface Shrunk {
  readonly _tag: "Shrunk"
  readonly violated: Violated
  readonly runs: number
}

/** A run as a script; `undefined` where its system has none. */
export interface Story {
  readonly _tag: "Story"
  readonly text: string | undefined
}

/** What a worker answers to a job. */
export type Answer = SeedsRan | Looked | Shrunk | Story

/** The answer to a job. */
export type AnswerTo<J extends Job> = J extends { readonly _tag: "Seeds" }
  ? SeedsRan
  : J extends { readonly _tag: "Look" }
    ? Looked
    : J extends { readonly _tag: "Shrink" }
      ? Shrunk
      : Story

/** How far a worker is with its job. */
export interface Progress {
  readonly runs: number
  readonly events: number
}

/** What a worker is told, and what it tells. */
export interface Order {
  readonly subject: Subject
  readonly job: Job
}
export type Told =
  | { readonly _tag: "Progress"; readonly progress: Progress }
  | { readonly _tag: "Answered"; readonly answer: Answer }
  | { readonly _tag: "Broken"; readonly message: string }
