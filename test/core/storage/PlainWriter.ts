import * as Effect from "effect/Effect"
import { encodeBatch, placeBatch, readBatchHeader } from "../../../core/log/index.ts"
import * as Result from "effect/Result"
import type { Disk } from "../../../core/ports/index.ts"
import {
  type Checkpoint,
  checkpointFile,
  checkpointStep,
  logFile,
  performSteps,
  type RecoveredLog,
  rollSteps,
  Segment
} from "../../../core/storage/index.ts"
import { textRecord } from "../log/Arbitraries.ts"

/** Appends, syncs and rolls one after the other, as plainly as can be: the history that recovery is tested on. */
export class PlainWriter {
  readonly disk: Disk
  readonly log: RecoveredLog
  /** Values that are known to be synced. */
  readonly synced: Array<string> = []
  readonly written: Array<string> = []
  #segments: Array<Segment>
  #checkpoint: Checkpoint
  #sequence = 0

  constructor(disk: Disk, log: RecoveredLog) {
    this.disk = disk
    this.log = log
    this.#segments = [...log.segments]
    this.#checkpoint = log.checkpoint
  }

  get active(): Segment {
    return this.#segments[this.#segments.length - 1]!
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint
  }

  append(...values: ReadonlyArray<string>) {
    return Effect.suspend(() => {
      const active = this.active
      const records = values.map((value) => textRecord(value))
      const bytes = encodeBatch(records, { producer: { id: 7, epoch: 0, sequence: this.#sequence } })
      const batch = placeBatch(Result.getOrThrow(readBatchHeader(bytes)), active.endOffset, 0)
      const position = active.size
      this.#sequence += values.length
      this.written.push(...values)
      active.append(batch)
      this.log.producers.append(batch)
      return this.disk.write(logFile(this.log.folder, active.base), position, [bytes])
    })
  }

  readonly sync = Effect.suspend(() => {
    const active = this.active
    const values = this.written.slice()
    this.#checkpoint = this.#next(active.base, active.size, active.endOffset)
    return performSteps(this.disk, [
      { _tag: "Sync", paths: [logFile(this.log.folder, active.base), checkpointFile(this.log.folder)] },
      checkpointStep(this.log.folder, this.#checkpoint)
    ]).pipe(Effect.map(() => void this.synced.splice(0, Infinity, ...values)))
  })

  readonly roll = Effect.suspend(() => {
    const closed = this.active
    const values = this.written.slice()
    this.#checkpoint = this.#next(closed.endOffset, 0, closed.endOffset)
    const previous = this.#segments[this.#segments.length - 2]?.base
    const { folder, producers } = this.log
    const steps = rollSteps({ folder, closed, producers, checkpoint: this.#checkpoint, previous })
    this.#segments.push(new Segment(closed.endOffset))
    return performSteps(this.disk, steps).pipe(Effect.map(() => void this.synced.splice(0, Infinity, ...values)))
  })

  #next(base: number, position: number, endOffset: number): Checkpoint {
    return { ...this.#checkpoint, sequence: this.#checkpoint.sequence + 1, base, position, endOffset }
  }
}
