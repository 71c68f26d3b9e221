import * as Effect from "effect/Effect"
import { fnvBasis, fnvText, missingMarks } from "../../../core/simulation/index.ts"
import { scenarioOf } from "../Systems.ts"
import type { SeedsRan, Subject, Violated } from "./Job.ts"
import type { SimulationWorker, WorkerFailed } from "./Workers.ts"

/** So many seeds are dealt out at a time, at most; the first of them is run twice. */
const mostDealt = 50

/**
 * Which seeds are run.
 *
 * **Details**
 *
 * `seeds` of them from `first` on; when `isLate` says so no more are begun. `told` takes how far the batch is.
 */
export interface BatchOptions {
  readonly subject: Subject
  readonly first: number
  readonly seeds: number
  readonly isLate: () => boolean
  readonly told?: (soFar: SoFar) => void
}

/** How far a batch is, as its workers tell; `failed` is the first seed of which it is known that it fails. */
export interface SoFar {
  readonly seeds: number
  readonly events: number
  readonly virtualMs: number
  readonly missing: number
  readonly failed: number | undefined
}

/**
 * What a batch came to: nothing in it depends on how the seeds were dealt out.
 *
 * **Details**
 *
 * With `violated` it ends with the first seed that fails, which counts among `seeds`, and all else is of the seeds before.
 * `endless` is a seed that was being run for so long that it was given up. `digest` is that of `explore`.
 */
export interface Batch {
  readonly seeds: number
  readonly events: number
  readonly virtualMs: number
  readonly digest: string
  readonly marks: ReadonlyMap<string, number>
  readonly missing: ReadonlyArray<string>
  readonly violated: Violated | undefined
  readonly endless: number | undefined
}

interface Deal {
  readonly at: number
  readonly first: number
  readonly count: number
}

/** Puts together what came of the deals, in their order. */
class Sum {
  readonly marks = new Map<string, number>()
  seeds = 0
  events = 0
  virtualMs = 0
  digest = fnvBasis
  violated: Violated | undefined
  endless: number | undefined
  readonly #waiting = new Map<number, SeedsRan | number>()
  #next = 0

  /** What came of a deal, or the seed that it never came back from. */
  add(at: number, came: SeedsRan | number): void {
    this.#waiting.set(at, came)
    for (let one = this.#waiting.get(this.#next); one !== undefined; one = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next++)
      if (this.violated !== undefined || this.endless !== undefined) continue
      if (typeof one === "number") this.endless = one
      else this.#take(one)
    }
  }

  #take({ events, hashes, marks, violated, virtualMs }: SeedsRan): void {
    for (const hash of hashes) this.digest = fnvText(this.digest, hash)
    for (const [name, times] of marks) this.marks.set(name, (this.marks.get(name) ?? 0) + times)
    this.seeds += hashes.length + (violated === undefined ? 0 : 1)
    this.events += events
    this.virtualMs += virtualMs
    this.violated = violated
  }
}

const shared = (value: number): Int32Array => {
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  cell[0] = value
  return cell
}

/** Runs a batch by these workers, and ends with the first seed that fails, in the order of the seeds. */
export const runBatch = Effect.fnUntraced(function* (
  workers: ReadonlyArray<SimulationWorker>,
  { first, isLate, seeds, subject, told = () => undefined }: BatchOptions
): Effect.fn.Return<Batch, WorkerFailed> {
  const scenario = scenarioOf(subject.system)
  const size = Math.max(1, Math.min(mostDealt, Math.ceil(seeds / (4 * workers.length))))
  const last = shared(0x7fffffff)
  const sum = new Sum()
  const underWay = new Map<SimulationWorker, { readonly runs: number; readonly events: number }>()
  let dealt = 0
  let failedSeed: number | undefined
  const deal = (): Deal | undefined => {
    const before = dealt * size
    if (before >= seeds || before > Atomics.load(last, 0) || isLate()) return undefined
    return { at: dealt++, first: first + before, count: Math.min(size, seeds - before) }
  }
  const tell = (): void => {
    let [runs, events] = [sum.seeds, sum.events]
    for (const one of underWay.values()) [runs, events] = [runs + one.runs, events + one.events]
    const { marks, virtualMs } = sum
    told({ seeds: runs, events, virtualMs, missing: missingMarks(scenario, marks).length, failed: failedSeed })
  }
  const work = Effect.fnUntraced(function* (worker: SimulationWorker) {
    for (let next = deal(); next !== undefined; next = deal()) {
      const before = next.at * size
      const at = shared(next.first)
      const job = { _tag: "Seeds" as const, first: next.first, count: next.count, before, last, at }
      const ran = worker.run(subject, job, (progress) => {
        underWay.set(worker, progress)
        tell()
      })
      const came = yield* Effect.catchTag(ran, "WorkerFailed", (failed) =>
        failed.reason === "Endless" ? Effect.succeed(Atomics.load(at, 0)) : Effect.fail(failed)
      )
      underWay.delete(worker)
      const failed = typeof came === "number" ? came : came.violated?.plan.seed
      if (failed !== undefined) {
        failedSeed = Math.min(failedSeed ?? failed, failed)
        Atomics.store(last, 0, Math.min(Atomics.load(last, 0), failed - first))
      }
      sum.add(next.at, came)
      tell()
    }
  })
  yield* Effect.forEach(workers, work, { concurrency: "unbounded", discard: true })
  const { digest, endless, events, marks, violated, virtualMs } = sum
  const isWhole = violated === undefined && endless === undefined && sum.seeds >= scenario.seeds
  return {
    seeds: sum.seeds,
    events,
    virtualMs,
    digest: (digest >>> 0).toString(16).padStart(8, "0"),
    marks,
    missing: isWhole ? missingMarks(scenario, marks) : [],
    violated,
    endless
  }
})
