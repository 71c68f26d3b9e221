import * as Effect from "effect/Effect"
import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import type { Disk, DiskEntry, DiskError } from "../ports/index.ts"
import { type Checkpoint, checkpointFileSize, checkpointStep, decodeCheckpoint, firstCheckpoint } from "./Checkpoint.ts"
import { copyBytes } from "./CopyBytes.ts"
import { type FileStep, performSteps } from "./FileStep.ts"
import {
  baseOf,
  checkpointFile,
  cutFile,
  indexFile,
  logFile,
  type PartitionFolder,
  snapshotFile,
  timeIndexFile
} from "./Layout.ts"
import { keepCut, type LogCut } from "./LogCut.ts"
import { PartitionDamaged } from "./PartitionDamaged.ts"
import { ProducerStates } from "./ProducerStates.ts"
import { removeSegmentSteps } from "./RollPlan.ts"
import { type ScanEnd, scanSegment } from "./SegmentScan.ts"
import { Segment } from "./Segment.ts"

/**
 * A partition as it was found on the disk, all of it synced.
 *
 * **Details**
 *
 * `segments` are in order and at least one; the last is the one that is written. `cut` says what was cut off the log and
 * kept beside it; it is absent when the log was whole.
 */
export interface RecoveredLog {
  readonly partition: TopicPartition
  readonly folder: PartitionFolder
  readonly segments: ReadonlyArray<Segment>
  readonly producers: ProducerStates
  readonly checkpoint: Checkpoint
  readonly cut?: LogCut
}

/**
 * What recovery needs to know beside the files: how many idempotent producers are remembered, and whether the partition is
 * known to have been made (`exists`, by default not): its folder must then be there.
 */
export interface RecoveryOptions {
  readonly maxProducers: number
  readonly exists?: boolean
}

/** Makes the files of a new partition, such that its folder is never found half made and taken for damaged. */
const createSteps = (folder: PartitionFolder): ReadonlyArray<FileStep> => [
  { _tag: "MakeFolder", path: folder },
  { _tag: "Write", path: logFile(folder, 0), position: 0, chunks: [] },
  checkpointStep(folder, firstCheckpoint),
  { _tag: "Sync", paths: [checkpointFile(folder)] },
  { _tag: "SyncFolder", path: folder },
  { _tag: "SyncFolder", path: "" }
]

const orNothing = <A>(effect: Effect.Effect<A, DiskError>): Effect.Effect<A | undefined, DiskError> =>
  Effect.catch(effect, (error) => (error.reason === "NotFound" ? Effect.succeed(undefined) : Effect.fail(error)))

const readWhole = (disk: Disk, path: string, entries: ReadonlyMap<string, DiskEntry>) => {
  const entry = entries.get(path)
  return entry === undefined ? Effect.succeed(new Uint8Array(0)) : disk.read(path, 0, entry.size)
}

/**
 * Opens the files of a partition, mending what a crash may have left, and creates them when there are none.
 *
 * **Details**
 *
 * Closed segments are known by their indexes, or scanned where an index is missing or not whole. The last segment is
 * scanned with its checksums: above the position that the checkpoint names as synced, the first batch that is torn or
 * wrong ends the log and the rest is cut off, once it is kept in a file beside the log (`cutFile`), which recovery never
 * reads. What is left is synced, and a new checkpoint says so.
 *
 * A sync that has failed in an earlier life may have had the system forget what is not on the disk, though it is read
 * here. So nothing is gone on from that was only read: the checkpoint, and what lies above the position that it names as
 * synced, are written once more before they are synced.
 *
 * Segments that lie wholly before the log's start are given up, and removed if a crash has left them: after the start is
 * known to be on the disk, since without it they would be missing.
 *
 * Anything that a crash cannot do is `PartitionDamaged`, and then nothing is changed: a wrong batch below the synced
 * position, a segment that is missing or shorter than its index says, offsets that do not continue, a folder that is
 * gone. A folder that is there and empty is a person's word that its records are given up.
 *
 * **Gotchas**
 *
 * Names cannot be written again: where `syncFolder` has failed, it is only repeated. Nor can a cut that leaves nothing of
 * the last segment, where the sync of it has failed: the end of the machine may bring back what was cut off.
 */
export const recover = Effect.fnUntraced(function* (
  disk: Disk,
  partition: TopicPartition,
  options: RecoveryOptions
): Effect.fn.Return<RecoveredLog, DiskError | PartitionDamaged> {
  const folder = topicPartitionName(partition)
  const damaged = (file: string, position: number, detail: string) =>
    new PartitionDamaged({ partition, file, position, detail })

  const there = yield* orNothing(disk.list(folder))
  if (there === undefined && options.exists === true) return yield* damaged(folder, 0, "the folder is missing")
  const listed = there ?? []
  const entries = new Map(listed.map((entry) => [`${folder}/${entry.name}`, entry]))
  const all = listed.flatMap(({ name }) => baseOf(name, ".log") ?? [])
  const sizeOf = (base: number): number => entries.get(logFile(folder, base))?.size ?? 0
  const slots = yield* readWhole(disk, checkpointFile(folder), entries)
  const found = decodeCheckpoint(slots.subarray(0, checkpointFileSize))

  // A power cut that ends the creation may leave the checkpoint's name and take that of the log.
  const isHalfMade = found?.sequence === 0 && all.length === 0 && options.exists !== true
  if (found === undefined || isHalfMade) {
    const filled = all.find((base) => base > 0 || sizeOf(base) > 0)
    if (filled !== undefined)
      return yield* damaged(checkpointFile(folder), 0, "there is a log and no readable checkpoint")
    yield* performSteps(disk, createSteps(folder))
    const producers = new ProducerStates(options.maxProducers)
    return { partition, folder, segments: [new Segment(0)], producers, checkpoint: firstCheckpoint }
  }

  const first = all.findLast((base) => base <= found.logStart) ?? 0
  const bases = all.filter((base) => base >= first)
  const active = bases[bases.length - 1]
  if (active === undefined || active < found.base) {
    return yield* damaged(logFile(folder, found.base), 0, "the file is missing")
  }
  if (bases[0]! > found.logStart) {
    return yield* damaged(folder, 0, `offsets ${found.logStart} to ${bases[0]! - 1} are in no file`)
  }

  const segments: Array<Segment> = []
  for (let i = 0; i < bases.length - 1; i++) {
    const base = bases[i]!
    const next = bases[i + 1]!
    const segment = yield* openClosed(disk, folder, base, entries, damaged)
    if (segment.endOffset !== next) {
      return yield* damaged(logFile(folder, base), segment.size, `the log goes on at ${next}, not ${segment.endOffset}`)
    }
    segments.push(segment)
  }

  const producers = yield* producersBefore(disk, folder, active, segments, entries, options, damaged)
  const synced = found.base === active ? found.position : 0
  const last = new Segment(active)
  const path = logFile(folder, active)
  const size = sizeOf(active)
  let endOfSynced = synced === 0 ? active : -1
  const end: ScanEnd = yield* scanSegment(disk, path, size, active, (batch) => {
    last.append(batch)
    producers.append(batch)
    if (last.size === synced) endOfSynced = last.endOffset
  })
  if (end.position < synced) {
    return yield* damaged(path, end.position, end.detail ?? `the file ends here, ${synced} bytes were synced`)
  }
  if (found.base === active && endOfSynced !== found.endOffset) {
    return yield* damaged(path, synced, `the offsets up to here do not end at ${found.endOffset}`)
  }
  segments.push(last)

  const marks = checkpointFile(folder)
  // A cut that was made here may be known to the system alone.
  const wasCut = entries.has(cutFile(folder, active, size))
  const isSynced = found.sequence > 0 && found.base === active && size === synced && !wasCut
  const cut = cutOf(folder, active, size, end)
  if (cut !== undefined) {
    yield* keepCut(disk, folder, cut)
    yield* disk.truncate(path, last.size)
  }
  const unsure = { path, position: Math.max(0, Math.min(synced, last.size - 1)) }
  if (!isSynced) yield* copyBytes(disk, unsure, unsure, last.size - unsure.position)
  const removed = all.filter((base) => base < first).flatMap((base) => removeSegmentSteps(folder, base))
  yield* performSteps(disk, [
    checkpointStep(folder, found),
    { _tag: "Sync", paths: isSynced ? [marks] : [path, marks] },
    ...removed
  ])
  if (removed.length > 0) yield* disk.syncFolder(folder)
  if (isSynced) return { partition, folder, segments, producers, checkpoint: found }

  const checkpoint: Checkpoint = {
    ...found,
    sequence: found.sequence + 1,
    base: active,
    position: last.size,
    endOffset: last.endOffset
  }
  yield* performSteps(disk, [
    { _tag: "SyncFolder", path: folder },
    { _tag: "SyncFolder", path: "" },
    checkpointStep(folder, checkpoint),
    { _tag: "Sync", paths: [marks] }
  ])
  return { partition, folder, segments, producers, checkpoint, ...(cut === undefined ? {} : { cut }) }
})

/** What has to be cut off the segment at `base`; `undefined` where it ends well. */
const cutOf = (folder: PartitionFolder, base: number, size: number, end: ScanEnd): LogCut | undefined =>
  end.detail === undefined
    ? undefined
    : {
        file: logFile(folder, base),
        position: end.position,
        size: size - end.position,
        reason: end.isTorn === true ? "Torn" : "Damaged",
        detail: end.detail,
        keptIn: cutFile(folder, base, end.position)
      }

type Damaged = (file: string, position: number, detail: string) => PartitionDamaged

/** Knows a closed segment by its indexes, or by reading it all. */
const openClosed = Effect.fnUntraced(function* (
  disk: Disk,
  folder: PartitionFolder,
  base: number,
  entries: ReadonlyMap<string, DiskEntry>,
  damaged: Damaged
): Effect.fn.Return<Segment, DiskError | PartitionDamaged> {
  const path = logFile(folder, base)
  const size = entries.get(path)?.size ?? 0
  const index = yield* readWhole(disk, indexFile(folder, base), entries)
  const timeIndex = yield* readWhole(disk, timeIndexFile(folder, base), entries)
  const indexed = Segment.decode(base, index, timeIndex)
  if (indexed !== undefined && indexed.size > size) {
    return yield* damaged(path, size, `the file ends here, its index says ${indexed.size} bytes`)
  }
  if (indexed !== undefined && indexed.size === size) return indexed
  const scanned = new Segment(base)
  const end: ScanEnd = yield* scanSegment(disk, path, size, base, (batch) => scanned.append(batch))
  if (end.detail !== undefined) return yield* damaged(path, end.position, end.detail)
  return scanned
})

/** The producers as they were before `active`: from the newest snapshot that is whole, and the batches after it. */
const producersBefore = Effect.fnUntraced(function* (
  disk: Disk,
  folder: PartitionFolder,
  active: number,
  closed: ReadonlyArray<Segment>,
  entries: ReadonlyMap<string, DiskEntry>,
  options: RecoveryOptions,
  damaged: Damaged
): Effect.fn.Return<ProducerStates, DiskError | PartitionDamaged> {
  const snapshotAt = (base: number) =>
    Effect.map(readWhole(disk, snapshotFile(folder, base), entries), (bytes) =>
      ProducerStates.decode(bytes, base, options.maxProducers)
    )
  let from = closed.length
  let states = yield* snapshotAt(active)
  while (states === undefined && from > 0) states = yield* snapshotAt(closed[--from]!.base)
  const producers = states ?? new ProducerStates(options.maxProducers)
  for (const segment of closed.slice(from)) {
    const path = logFile(folder, segment.base)
    const end: ScanEnd = yield* scanSegment(disk, path, segment.size, segment.base, (batch) => producers.append(batch))
    if (end.detail !== undefined) return yield* damaged(path, end.position, end.detail)
  }
  return producers
})
