import * as Effect from "effect/Effect"
import type { Mutant } from "../mutants/Mutant.ts"
import { runBatch } from "./Batch.ts"
import type { SoFar } from "./Batch.ts"
import type { Violated } from "./Job.ts"
import type { SimulationWorker, WorkerFailed } from "./Workers.ts"

/** How long a planted bug is hunted, each of them, and for how many seconds its plan is shrunk at most (0 for not). */
export interface HuntOptions {
  readonly first: number
  readonly seeds: number
  readonly minutes: number | undefined
  readonly shrinkSeconds: number
  readonly told?: (soFar: SoFar) => void
}

/**
 * What became of the hunt for a planted bug.
 *
 * **Details**
 *
 * `seeds` and `seconds` are those until it was found, or until the hunt was given up. It is found by a violation, or by
 * the seed of a run that has no end, where the run of that seed without the bug is clean. `shrunk` is the violation with
 * little else in its plan. `broken` says why the bug could not be hunted at all: its system cannot be built with it, or
 * the scenario fails by itself.
 */
export interface Hunted {
  readonly mutant: Mutant
  readonly seeds: number
  readonly seconds: number
  readonly violated: Violated | undefined
  readonly endless: number | undefined
  readonly broken?: string
  readonly shrunk: { readonly violated: Violated; readonly runs: number } | undefined
}

/** Whether a planted bug was found. */
export const isFound = ({ endless, violated }: Hunted): boolean => violated !== undefined || endless !== undefined

/** A failure of which a smaller plan can be looked for: one of the scenario's own, and not of repeating a run. */
export const isShrinkable = ({ invariant }: Violated): boolean => invariant !== "repeats"

const notHunted = (mutant: Mutant, broken: string): Hunted => ({
  mutant,
  seeds: 0,
  seconds: 0,
  violated: undefined,
  endless: undefined,
  broken,
  shrunk: undefined
})

/** A scenario that is used wrongly says nothing of what it runs. */
const isMisuse = (violated: Violated | undefined): violated is Violated => violated?.invariant === "misuse"

/** Why a failure says nothing of the planted bug: the scenario fails in this way by itself, or without the bug, too. */
const ownFailure = Effect.fnUntraced(function* (
  worker: SimulationWorker,
  system: Mutant["system"],
  seed: number,
  violated: Violated | undefined
): Effect.fn.Return<string | undefined, WorkerFailed> {
  const mend = "mend that before bugs are planted in it."
  if (isMisuse(violated)) return `The scenario fails by itself at seed ${seed} (misuse: ${violated.what}): ${mend}`
  const sound = yield* runBatch([worker], { subject: { system }, first: seed, seeds: 1, isLate: () => false })
  if (sound.violated === undefined && sound.endless === undefined) return undefined
  const how = sound.violated === undefined ? "its run has no end" : `"${sound.violated.invariant}"`
  return `The scenario fails by itself at seed ${seed}, also without the bug (${how}): ${mend}`
})

/** Hunts a planted bug by these workers, all of them for one seed after the other. */
export const hunt = Effect.fnUntraced(function* (
  workers: readonly [SimulationWorker, ...ReadonlyArray<SimulationWorker>],
  mutant: Mutant,
  { first, minutes, seeds, shrinkSeconds, told }: HuntOptions
): Effect.fn.Return<Hunted, WorkerFailed> {
  const subject = { system: mutant.system, mutant: mutant.name }
  const began = performance.now()
  const end = minutes === undefined ? Infinity : began + minutes * 60_000
  const isLate = (): boolean => performance.now() >= end
  const batch = yield* runBatch(workers, { subject, first, seeds, isLate, ...(told === undefined ? {} : { told }) })
  const seconds = (performance.now() - began) / 1000
  const { endless, violated } = batch
  const hunted = { mutant, seeds: endless === undefined ? batch.seeds : endless - first + 1, seconds }
  const seed = violated?.plan.seed ?? endless
  const broken = seed === undefined ? undefined : yield* ownFailure(workers[0], mutant.system, seed, violated)
  if (broken !== undefined) return { ...notHunted(mutant, broken), ...hunted }
  if (violated === undefined || shrinkSeconds === 0 || !isShrinkable(violated)) {
    return { ...hunted, violated, endless, shrunk: undefined }
  }
  // It is found, also where its plan does not fail again, or a smaller one has no end.
  const shrunk = yield* workers[0]
    .run(subject, { _tag: "Shrink", plan: violated.plan, seconds: shrinkSeconds })
    .pipe(Effect.catchTag("WorkerFailed", () => Effect.succeed(undefined)))
  return { ...hunted, violated, endless, shrunk }
})

/** Hunts all of these, each by one worker, also where one cannot be; tells of each when its hunt has ended, and gives them in their order. */
export const huntAll = Effect.fnUntraced(function* <E>(
  workers: ReadonlyArray<SimulationWorker>,
  mutants: ReadonlyArray<Mutant>,
  options: HuntOptions,
  ended: (hunted: Hunted) => Effect.Effect<void, E>
): Effect.fn.Return<ReadonlyArray<Hunted>, E> {
  const all: Array<Hunted> = []
  let next = 0
  const work = Effect.fnUntraced(function* (worker: SimulationWorker) {
    for (let at = next++; at < mutants.length; at = next++) {
      const mutant = mutants[at]
      if (mutant === undefined) return
      const hunted = yield* Effect.catchTag(hunt([worker], mutant, options), "WorkerFailed", ({ message }) =>
        Effect.succeed(notHunted(mutant, message))
      )
      all[at] = hunted
      yield* ended(hunted)
    }
  })
  yield* Effect.forEach(workers, work, { concurrency: "unbounded", discard: true })
  return all
})
