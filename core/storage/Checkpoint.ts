import type { FileStep } from "./FileStep.ts"
import { checkpointFile, type PartitionFolder } from "./Layout.ts"
import { seal, unseal } from "./Sealed.ts"

/**
 * How far a partition is known to be on the disk.
 *
 * **Details**
 *
 * Up to `position` of the segment at `base`, and in all segments before it, everything was synced: damage there is no
 * remainder of a crash. `endOffset` is the offset after the last record up to there. `leaderEpoch` and `logStart` live
 * nowhere else. `sequence` counts the checkpoints of a partition.
 */
export interface Checkpoint {
  readonly sequence: number
  readonly base: number
  readonly position: number
  readonly endOffset: number
  readonly leaderEpoch: number
  readonly logStart: number
}

/** The checkpoint of a partition that has no record yet. */
export const firstCheckpoint: Checkpoint = {
  sequence: 0,
  base: 0,
  position: 0,
  endOffset: 0,
  leaderEpoch: 0,
  logStart: 0
}

const kind = 0x6f64_6370
const version = 1

/** The two slots lie in different sectors, so that writing one never harms the other. */
const slotStride = 4096

/** Bytes of one slot. */
const checkpointSize = 4 + 2 + 5 * 8 + 4 + 4

/** Bytes of the file that hold both slots. */
export const checkpointFileSize = slotStride + checkpointSize

const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array =>
  seal(kind, version, (out) => {
    out.int64(checkpoint.sequence)
    out.int64(checkpoint.base)
    out.int64(checkpoint.position)
    out.int64(checkpoint.endOffset)
    out.int64(checkpoint.logStart)
    out.int32(checkpoint.leaderEpoch)
  })

const decodeSlot = (bytes: Uint8Array, at: number): Checkpoint | undefined =>
  unseal(bytes.subarray(at, at + checkpointSize), kind, version, (reader) => ({
    sequence: reader.int64(),
    base: reader.int64(),
    position: reader.int64(),
    endOffset: reader.int64(),
    logStart: reader.int64(),
    leaderEpoch: reader.int32()
  }))

/** The newer of the slots that are whole; `undefined` when none is. */
export const decodeCheckpoint = (file: Uint8Array): Checkpoint | undefined => {
  const even = decodeSlot(file, 0)
  const odd = decodeSlot(file, slotStride)
  if (even === undefined || odd === undefined) return even ?? odd
  return even.sequence > odd.sequence ? even : odd
}

/**
 * Writes a checkpoint in the place of the last but one.
 *
 * **Gotchas**
 *
 * The last one must have been synced: a write that is torn then harms only the older of both.
 */
export const checkpointStep = (folder: PartitionFolder, checkpoint: Checkpoint): FileStep => ({
  _tag: "Write",
  path: checkpointFile(folder),
  position: (checkpoint.sequence % 2) * slotStride,
  chunks: [encodeCheckpoint(checkpoint)]
})
