import * as Effect from "effect/Effect"
import type { Disk, DiskError } from "../ports/index.ts"
import { copyBytes } from "./CopyBytes.ts"
import type { PartitionFolder } from "./Layout.ts"

/**
 * Why a log was cut.
 *
 * - `Torn`: the log ended in the middle of a batch, as a write that did not end leaves it
 * - `Damaged`: what is there is no batch, or a whole one that is wrong
 */
export type LogCutReason = "Torn" | "Damaged"

/**
 * What recovery cut off the end of a log.
 *
 * **Details**
 *
 * `size` bytes of `file` from the byte `position` on; `detail` says what is wrong with the batch that begins there.
 * `keptIn` is the file that holds the bytes now. Both files are paths in the data folder.
 */
export interface LogCut {
  readonly file: string
  readonly position: number
  readonly size: number
  readonly reason: LogCutReason
  readonly detail: string
  readonly keptIn: string
}

/**
 * One sentence about a cut, for whoever runs the broker.
 *
 * **Details**
 *
 * A record that was acknowledged with `--fsync always` was synced before, and no crash takes it. Which policy the records
 * in the cut were acknowledged with is not in the log, so that the sentence names those that may be lost.
 */
export const describeCut = ({ detail, file, keptIn, position, reason, size }: LogCut): string => {
  const why = reason === "Torn" ? "the batch in them is incomplete" : "the first batch in them is damaged"
  return `Cut ${size} bytes of ${file} from byte ${position} on, which are not known to have been synced: ${why}, ${detail}; they are kept in ${keptIn} in the data folder, and records in them that were acknowledged with --fsync none or interval are lost.`
}

/** Copies what is to be cut to its own file, in the place of one of that name, and syncs it: the log is as it was. */
export const keepCut = Effect.fnUntraced(function* (
  disk: Disk,
  folder: PartitionFolder,
  cut: LogCut
): Effect.fn.Return<void, DiskError> {
  yield* disk.remove(cut.keptIn)
  yield* copyBytes(disk, { path: cut.file, position: cut.position }, { path: cut.keptIn, position: 0 }, cut.size)
  yield* disk.sync(cut.keptIn)
  yield* disk.syncFolder(folder)
})
