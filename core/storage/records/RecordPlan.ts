import type { FileStep } from "../FileStep.ts"
import { encodeFrame, frameSize } from "./RecordFrame.ts"
import { markerFile, segmentFile } from "./RecordFiles.ts"
import { type FoundMarker, type MarkerSlot, markerSteps, type RecordMarker, slotBeside } from "./RecordMarker.ts"

/**
 * A file of a record log: the position of the log where it begins, its bytes, and the greatest mark of what was appended
 * to it (0 while it is empty).
 */
export interface RecordSegment {
  readonly base: number
  readonly size: number
  readonly mark: number
}

/**
 * Records that are to be found together or not at all.
 *
 * **Details**
 *
 * `mark` is a number of the caller (0 to 2^53-1), of which each segment remembers the greatest. `preamble` is asked for
 * the records that a new segment begins with, when this append begins one: with them the segment must make sense without
 * those before it.
 *
 * **Gotchas**
 *
 * Together they are at most 1 GiB; more is a defect (`EncodeError`), and changes nothing.
 */
export interface RecordAppend {
  readonly records: ReadonlyArray<Uint8Array>
  readonly mark: number
  readonly preamble: () => ReadonlyArray<Uint8Array>
}

/** What is to be done for an append; the log is synced up to `end` once it is done. */
export interface AppendPlan {
  readonly steps: ReadonlyArray<FileStep>
  readonly end: number
}

/** Where a record log is as it is opened. */
export interface RecordPositions {
  readonly folder: string
  readonly segmentBytes: number
  readonly segments: ReadonlyArray<RecordSegment>
  /** Its slot is known to be on the disk. */
  readonly found: FoundMarker
}

/**
 * What a record log does to the disk, as steps: it decides, and touches nothing.
 *
 * **When to use**
 *
 * Where whoever carries out the steps wants to stop between any two, as a simulator does; `RecordLog` carries them out
 * over a disk.
 *
 * **Gotchas**
 *
 * Plans have to be carried out in the order in which they were made, each up to its end, and once a step has failed none
 * may be made any more: the positions of a plan follow on those of the one before.
 */
export class RecordPlan {
  readonly folder: string
  readonly #segmentBytes: number
  readonly #segments: Array<RecordSegment>
  #synced: number
  #durable: MarkerSlot
  #marker: RecordMarker

  constructor({ folder, found, segmentBytes, segments }: RecordPositions) {
    this.folder = folder
    this.#segmentBytes = segmentBytes
    this.#segments = [...segments]
    this.#marker = found.marker
    this.#durable = found.slot
    this.#synced = this.end
  }

  /** In order; the last is the one that is written. There is none before the first append. */
  get segments(): ReadonlyArray<RecordSegment> {
    return this.#segments
  }

  /** The position after the last record. */
  get end(): number {
    const last = this.#segments[this.#segments.length - 1]
    return last === undefined ? this.#marker.start : last.base + last.size
  }

  /** Everything before this position is on the disk. */
  get synced(): number {
    return this.#synced
  }

  /** Writes the records behind all others and syncs them, in a new segment when the last has no room left. */
  append({ mark, preamble, records }: RecordAppend): AppendPlan {
    const end = this.end
    if (records.length === 0) return { steps: [], end }
    const last = this.#segments[this.#segments.length - 1]
    const rolls = last === undefined || (last.size > 0 && last.size + frameSize(records) > this.#segmentBytes)
    const isNew = rolls || last.size === 0
    const base = rolls ? end : last.base
    // When a segment begins, the one before it has been synced by then.
    const synced = isNew ? base : this.#synced
    const frame = encodeFrame(end, synced, mark, isNew ? [...preamble(), ...records] : records)
    const path = segmentFile(this.folder, base)
    const write: FileStep = { _tag: "Write", path, position: end - base, chunks: [frame] }
    const sync: FileStep = { _tag: "Sync", paths: [path] }
    if (rolls) this.#segments.push({ base, size: frame.length, mark })
    else {
      const grown = { base, size: last.size + frame.length, mark: Math.max(last.mark, mark) }
      this.#segments[this.#segments.length - 1] = grown
    }
    const steps: Array<FileStep> = [write, sync]
    if (rolls && last !== undefined && this.#synced < end) {
      steps.unshift({ _tag: "Sync", paths: [segmentFile(this.folder, last.base)] })
    }
    if (rolls) steps.push({ _tag: "SyncFolder", path: this.folder })
    return { steps, end: end + frame.length }
  }

  /** The plan of the append that ends here, and all before it, have been carried out. */
  confirm(end: number): void {
    this.#synced = Math.max(this.#synced, end)
  }

  /**
   * Writes down how far the log is synced, without a sync of its own; nothing when that is written already.
   *
   * **When to use**
   *
   * When the log has nothing to do, and when it is closed. Each append says how far the log was synced before it, so
   * that only the last one needs this: without it, damage to the last append looks like what a crash has left of it.
   */
  settle(): ReadonlyArray<FileStep> {
    if (this.#marker.synced === this.#synced) return []
    return this.#nextMarker(this.#marker.start)
  }

  /**
   * Removes the segments, from the first on, in which no mark is above `through`; never the last, nor one whose follower
   * is not on the disk yet.
   */
  forget(through: number): ReadonlyArray<FileStep> {
    let count = 0
    while (count + 1 < this.#segments.length) {
      if (this.#segments[count]!.mark > through || this.#segments[count + 1]!.base >= this.#synced) break
      count++
    }
    if (count === 0) return []
    const removed = this.#segments.splice(0, count)
    const stated = this.#nextMarker(this.#segments[0]!.base)
    this.#durable = slotBeside(this.#durable)
    return [
      ...stated,
      { _tag: "Sync", paths: [markerFile(this.folder)] },
      ...removed.map(({ base }): FileStep => ({ _tag: "Remove", path: segmentFile(this.folder, base) })),
      { _tag: "SyncFolder", path: this.folder }
    ]
  }

  #nextMarker(start: number): ReadonlyArray<FileStep> {
    this.#marker = { sequence: this.#marker.sequence + 1, synced: this.#synced, start }
    return markerSteps(this.folder, this.#durable, this.#marker)
  }
}
