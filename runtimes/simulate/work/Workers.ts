import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Answer, AnswerTo, Job, Order, Progress, Subject, Told } from "./Job.ts"

/** One worker for each core. */
export const defaultWorkers = (): number => availableParallelism()

/** A program beside the compiled one is compiled, too. */
const program = new URL(import.meta.url.endsWith(".js") ? "./Worker.js" : "./Worker.ts", import.meta.url)

/**
 * A worker did not do its job.
 *
 * - `Endless`: one run has not ended in time
 * - `Broken`: something was thrown that no simulation is about; `message` says where it comes from
 */
export class WorkerFailed extends Data.TaggedError("WorkerFailed")<{
  readonly reason: "Endless" | "Broken"
  readonly message: string
}> {}

/** A thread that runs simulations, one job at a time; a run that takes longer than `silentMs` (a minute) is given up. */
export class SimulationWorker {
  readonly #silentMs: number
  #worker: Worker | undefined

  constructor(silentMs = 60_000) {
    this.#silentMs = silentMs
  }

  /** Does a job; one that is no longer waited for is given up with its thread. */
  run<J extends Job>(
    subject: Subject,
    job: J,
    told: (progress: Progress) => void = () => undefined
  ): Effect.Effect<AnswerTo<J>, WorkerFailed> {
    return Effect.callback<AnswerTo<J>, WorkerFailed>((resume) => {
      const worker = (this.#worker ??= new Worker(program))
      const fail = (reason: WorkerFailed["reason"], message: string): void => {
        leave()
        this.stop()
        resume(Effect.fail(new WorkerFailed({ reason, message })))
      }
      const silent = setTimeout(() => {
        const seconds = this.#silentMs / 1000
        fail("Endless", `A run of ${subject.system} has not ended for ${seconds} s: look where it loops.`)
      }, this.#silentMs)
      const hear = (message: Told): void => {
        silent.refresh()
        if (message._tag === "Progress") return told(message.progress)
        if (message._tag === "Broken") return fail("Broken", message.message)
        leave()
        resume(Effect.succeed(answerTo<J>(message.answer)))
      }
      const broken = (error: Error): void => fail("Broken", error.stack ?? error.message)
      const leave = (): void => {
        clearTimeout(silent)
        worker.off("message", hear)
        worker.off("error", broken)
      }
      worker.on("message", hear)
      worker.on("error", broken)
      worker.postMessage({ subject, job } satisfies Order)
      return Effect.sync(() => {
        leave()
        this.stop()
      })
    })
  }

  /** Ends the thread, whatever it does; the next job begins another. */
  stop(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }
}

/** Each kind of job has its kind of answer. */
const answerTo = <J extends Job>(answer: Answer): AnswerTo<J> => answer as AnswerTo<J>

/** Opens so many workers; their threads begin with their first jobs. */
export const openWorkers = (count: number): Effect.Effect<ReadonlyArray<SimulationWorker>, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => Array.from({ length: count }, () => new SimulationWorker())),
    (workers) =>
      Effect.sync(() => {
        for (const worker of workers) worker.stop()
      })
  )
