import * as Effect from "effect/Effect"
import { type BatchHeader, claimedBatchSize, splitBatches, validateBatch } from "../log/index.ts"
import type { Disk, DiskError } from "../ports/index.ts"

/** Bytes that are read at a time; a larger batch is read alone. */
const windowSize = 1 << 20

/**
 * Where the good batches of a file end, and what comes there; `detail` is absent at the end of the file. `isTorn` says
 * that the file ends before the batch that begins there does, as far as the batch's own length can be believed.
 */
export interface ScanEnd {
  readonly position: number
  readonly detail?: string
  readonly isTorn?: boolean
}

/**
 * Reads the batches of a log file in order and checks each: its lengths, its checksum, and that its offsets continue.
 *
 * **Details**
 *
 * Ends at the end of the file (`size`), or at the first batch that is not good. `visit` gets every good one, whose first
 * offset is `next` for the first, and one more than the last of the one before for the others.
 */
export const scanSegment = (
  disk: Disk,
  path: string,
  size: number,
  next: number,
  visit: (batch: BatchHeader) => void
): Effect.Effect<ScanEnd, DiskError> =>
  Effect.gen(function* () {
    let expected = next
    let position = 0
    let length = windowSize
    while (position < size) {
      const asked = Math.min(length, size - position)
      const bytes = yield* disk.read(path, position, asked)
      const last = bytes.length < asked || position + asked === size
      const run = splitBatches(bytes, 0, bytes.length, validateBatch)
      for (const batch of run.batches) {
        if (batch.baseOffset !== expected) {
          const detail = `a batch begins at offset ${batch.baseOffset} where ${expected} should come`
          return { position: position + batch.start, detail }
        }
        visit(batch)
        expected = batch.lastOffset + 1
      }
      position += run.end
      if (run.stop === undefined && bytes.length === asked) continue
      // The batch may merely go over the edge of the window.
      const claimed = claimedBatchSize(bytes, run.end) ?? 0
      if (run.stop?.reason !== "Truncated") return { position, detail: run.stop?.detail ?? "the file ends here" }
      if (last) return { position, detail: run.stop.detail, isTorn: true }
      if (position + claimed > size) {
        return { position, detail: `it needs ${claimed} bytes and ${size - position} are there`, isTorn: true }
      }
      length = Math.max(windowSize, claimed)
    }
    return { position }
  })
