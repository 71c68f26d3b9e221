import { type Checkpoint, checkpointStep } from "./Checkpoint.ts"
import type { FileStep } from "./FileStep.ts"
import { checkpointFile, indexFile, logFile, type PartitionFolder, snapshotFile, timeIndexFile } from "./Layout.ts"
import type { ProducerStates } from "./ProducerStates.ts"
import type { Segment } from "./Segment.ts"

/** What is known when a segment is full. */
export interface Roll {
  readonly folder: PartitionFolder
  /** The full segment; the next one begins at its end offset. */
  readonly closed: Segment
  /** The producers as they are at its end. */
  readonly producers: ProducerStates
  /** The checkpoint that names the new segment. */
  readonly checkpoint: Checkpoint
  /** First offset of the segment before the closed one, whose snapshot is no longer needed. */
  readonly previous: number | undefined
}

/**
 * Closes a segment and opens the next one.
 *
 * **Details**
 *
 * The closed log is synced before the next file exists, and that file's name before a checkpoint speaks of it: so every
 * segment but the last is whole, whenever the plan is cut short. The names of the indexes and of the snapshot are on the
 * disk before the next file exists, too: a power cut that took one of them and left that file would have the producers
 * known by the closed segment alone, which may be given up.
 */
export const rollSteps = ({ checkpoint, closed, folder, previous, producers }: Roll): ReadonlyArray<FileStep> => {
  const next = closed.endOffset
  const log = logFile(folder, closed.base)
  const written: ReadonlyArray<readonly [path: string, bytes: Uint8Array]> = [
    [indexFile(folder, closed.base), closed.encodeIndex()],
    [timeIndexFile(folder, closed.base), closed.encodeTimeIndex()],
    [snapshotFile(folder, next), producers.encode(next)]
  ]
  return [
    ...written.flatMap(([path, bytes]): ReadonlyArray<FileStep> => [
      { _tag: "Write", path, position: 0, chunks: [bytes] },
      // A roll that a crash has cut short may have written more in the same place.
      { _tag: "Truncate", path, length: bytes.length }
    ]),
    { _tag: "Sync", paths: [log, checkpointFile(folder), ...written.map(([path]) => path)] },
    { _tag: "SyncFolder", path: folder },
    { _tag: "Write", path: logFile(folder, next), position: 0, chunks: [] },
    { _tag: "SyncFolder", path: folder },
    checkpointStep(folder, checkpoint),
    ...(previous === undefined ? [] : [{ _tag: "Remove", path: snapshotFile(folder, previous) } as const])
  ]
}

/** Removes the files of a segment that the log no longer has; its log goes last, by which the others are found again. */
export const removeSegmentSteps = (folder: PartitionFolder, base: number): ReadonlyArray<FileStep> =>
  [indexFile, timeIndexFile, snapshotFile, logFile].map((file) => ({ _tag: "Remove", path: file(folder, base) }))
