import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Disk } from "../../ports/index.ts"
import { type FileStep, performSteps } from "../FileStep.ts"
import { type RecordLogFailed, recordLogFailed } from "./RecordLogFailed.ts"
import type { RecordAppend, RecordPlan, RecordSegment } from "./RecordPlan.ts"

/**
 * An append-only log of records in segment files, for a node that must not forget what it has said.
 *
 * **Details**
 *
 * An append has succeeded when it is on the disk. Appends are done one after the other; one that is interrupted while it
 * waits has no effect, and one that has begun is brought to its end.
 *
 * **Gotchas**
 *
 * The first failure of the disk is final: from then on everything fails with it. A failed sync is never tried again,
 * since the system may have let go of what it could not write.
 */
export class RecordLog {
  readonly #disk: Disk
  readonly #plan: RecordPlan
  readonly #turn = Semaphore.makeUnsafe(1)
  #failed: RecordLogFailed | undefined

  constructor(disk: Disk, plan: RecordPlan) {
    this.#disk = disk
    this.#plan = plan
  }

  /** In order; the last is the one that is written. */
  get segments(): ReadonlyArray<RecordSegment> {
    return this.#plan.segments
  }

  /** Everything before this position is on the disk. */
  get synced(): number {
    return this.#plan.synced
  }

  /** Appends the records, all or none, and syncs them. */
  append(append: RecordAppend): Effect.Effect<void, RecordLogFailed> {
    return this.#inTurn(() => {
      const { end, steps } = this.#plan.append(append)
      return Effect.map(this.#perform(steps), () => this.#plan.confirm(end))
    })
  }

  /** Writes down how far the log is synced, if that is news: for quiet moments, and before the end. */
  readonly settle: Effect.Effect<void, RecordLogFailed> = Effect.suspend(() =>
    this.#inTurn(() => this.#perform(this.#plan.settle()))
  )

  /** Removes the first segments, as far as no append in them has a mark above `through`. */
  forget(through: number): Effect.Effect<void, RecordLogFailed> {
    return this.#inTurn(() => this.#perform(this.#plan.forget(through)))
  }

  #inTurn(run: () => Effect.Effect<void, RecordLogFailed>): Effect.Effect<void, RecordLogFailed> {
    const begun = Effect.suspend(() => (this.#failed === undefined ? run() : Effect.fail(this.#failed)))
    return Semaphore.withPermit(this.#turn, Effect.uninterruptible(begun))
  }

  #perform(steps: ReadonlyArray<FileStep>): Effect.Effect<void, RecordLogFailed> {
    return Effect.mapError(performSteps(this.#disk, steps), (error) => {
      this.#failed = recordLogFailed(this.#plan.folder, error)
      return this.#failed
    })
  }
}
