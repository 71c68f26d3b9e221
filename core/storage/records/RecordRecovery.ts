import * as Effect from "effect/Effect"
import type { Disk, DiskEntry, DiskError } from "../../ports/index.ts"
import { type FileStep, performSteps } from "../FileStep.ts"
import { foldersAbove, markerFile, segmentBaseOf, segmentFile } from "./RecordFiles.ts"
import { readFrame, visitFramesBehind } from "./RecordFrame.ts"
import { RecordLog } from "./RecordLog.ts"
import { RecordLogDamaged } from "./RecordLogDamaged.ts"
import {
  decodeMarkers,
  firstMarker,
  type FoundMarker,
  markerFileSize,
  markerStep,
  markerSteps,
  type RecordMarker,
  slotBeside
} from "./RecordMarker.ts"
import { RecordPlan, type RecordSegment } from "./RecordPlan.ts"

const defaultSegmentBytes = 16 * 1024 * 1024

/**
 * Where a record log is, after how many bytes a segment of it is full (16 MiB), and whether it is known to have been made
 * (`exists`, by default not): it must then be there.
 */
export interface RecordLogOptions {
  readonly folder: string
  readonly segmentBytes?: number
  readonly exists?: boolean
}

/** What a crash had left of an append that had not ended: `size` bytes of `file` from `position` on, now gone. */
export interface RecordLogCut {
  readonly file: string
  readonly position: number
  readonly size: number
  readonly detail: string
}

/**
 * A record log as it was found, all of it on the disk, with the records of all segments in order.
 *
 * **Details**
 *
 * `log` carries out `plan`; who carries out the steps of `plan` on their own leaves `log` alone.
 */
export interface OpenedRecordLog {
  readonly log: RecordLog
  readonly plan: RecordPlan
  readonly records: ReadonlyArray<Uint8Array>
  readonly cut?: RecordLogCut
}

const orUndefined = <A>(effect: Effect.Effect<A, DiskError>): Effect.Effect<A | undefined, DiskError> =>
  Effect.catch(effect, (error) => (error.reason === "NotFound" ? Effect.succeed(undefined) : Effect.fail(error)))

/** The names of the files, and those of the folders down to them: a life that made them may have ended before. */
const syncNames = (folder: string): ReadonlyArray<FileStep> =>
  [folder, ...foldersAbove(folder)].map((path) => ({ _tag: "SyncFolder", path }))

/** All markers are written, so that opening a log later needs no more room than it has. */
const createSteps = (folder: string): ReadonlyArray<FileStep> => [
  { _tag: "MakeFolder", path: folder },
  markerStep(folder, 0, firstMarker),
  ...markerSteps(folder, 0, firstMarker),
  { _tag: "Sync", paths: [markerFile(folder)] },
  ...syncNames(folder)
]

/** A segment as it was read: its whole frames from the first on, and what comes behind them. */
interface ScannedSegment {
  readonly segment: RecordSegment
  readonly bytes: Uint8Array
  /** Up to here all was synced, as frames of this segment say, also those behind a damage. */
  readonly synced: number
  readonly damage?: string
}

const scan = (bytes: Uint8Array, base: number, records: Array<Uint8Array>): ScannedSegment => {
  let size = 0
  let mark = 0
  let synced = 0
  let damage: string | undefined
  while (size < bytes.length) {
    const frame = readFrame(bytes, size, base + size)
    if (!("records" in frame)) {
      damage = frame.detail
      break
    }
    for (const record of frame.records) records.push(record)
    mark = Math.max(mark, frame.mark)
    synced = Math.max(synced, frame.synced)
    size = frame.end - base
  }
  const segment = { base, size, mark }
  if (damage === undefined) return { segment, bytes, synced }
  visitFramesBehind(bytes, size + 1, base, (frame) => {
    synced = Math.max(synced, frame.synced)
  })
  return { segment, bytes, synced, damage }
}

/**
 * Opens a record log and reads all of it, mending what a crash may have left; creates it when there is none.
 *
 * **Details**
 *
 * Everything below the greatest position that the marker or any whole frame calls synced must be there and right, or it
 * is `RecordLogDamaged` and nothing is changed. The first frame above it that is not whole ends the log, and the rest is
 * cut off: it belongs to an append that had not ended. What is left above that position is written once more and synced,
 * since a sync that has failed before may have made the system forget what is not on the disk yet.
 *
 * **Gotchas**
 *
 * Damage to the last append before a crash is recognised only if a marker was written since (`settle`) and the system has
 * brought it to the disk; else it cannot be told from an append that had not ended. That all of the folder is gone is recognised
 * only with `exists`.
 */
export const openRecordLog = Effect.fnUntraced(function* (
  disk: Disk,
  options: RecordLogOptions
): Effect.fn.Return<OpenedRecordLog, DiskError | RecordLogDamaged> {
  const { folder, segmentBytes = defaultSegmentBytes } = options
  const opened = (segments: ReadonlyArray<RecordSegment>, found: FoundMarker, records: ReadonlyArray<Uint8Array>) => {
    const plan = new RecordPlan({ folder, segmentBytes, segments, found })
    return { log: new RecordLog(disk, plan), plan, records }
  }

  const entries = (yield* orUndefined(disk.list(folder))) ?? []
  const found = decodeMarkers(
    (yield* orUndefined(disk.read(markerFile(folder), 0, markerFileSize))) ?? new Uint8Array()
  )
  if (found === undefined) {
    if (entries.some(({ name, size }) => segmentBaseOf(name) !== undefined && size > 0)) {
      return yield* damaged(markerFile(folder), 0, "there are records and no readable marker")
    }
    if (options.exists === true) return yield* damaged(folder, 0, "the log is missing")
    yield* performSteps(disk, createSteps(folder))
    return opened([], { slot: 0, marker: firstMarker }, [])
  }

  const records: Array<Uint8Array> = []
  const scanned = yield* scanAll(disk, folder, entries, found.marker, records)
  const last = scanned[scanned.length - 1]
  const segments = scanned.map(({ segment }) => segment)
  const end = last === undefined ? found.marker.start : last.segment.base + last.segment.size
  const marker: RecordMarker = { ...found.marker, sequence: found.marker.sequence + 1, synced: end }
  const mended: FoundMarker = { slot: slotBeside(found.slot), marker }
  const forgotten = entries.flatMap(({ name }) => segmentBaseOf(name) ?? []).filter((base) => base < marker.start)

  // Only once the marker that was found is known to be on the disk may the others be written.
  yield* performSteps(disk, [
    markerStep(folder, found.slot, found.marker),
    { _tag: "Sync", paths: [markerFile(folder)] },
    ...(last === undefined ? [] : mendSteps(folder, last, Math.max(found.marker.synced, last.synced))),
    ...syncNames(folder),
    ...markerSteps(folder, found.slot, marker),
    { _tag: "Sync", paths: [markerFile(folder)] },
    ...forgotten.map((base): FileStep => ({ _tag: "Remove", path: segmentFile(folder, base) }))
  ])
  if (last?.damage === undefined) return opened(segments, mended, records)
  const cut: RecordLogCut = {
    file: segmentFile(folder, last.segment.base),
    position: last.segment.size,
    size: last.bytes.length - last.segment.size,
    detail: last.damage
  }
  return { ...opened(segments, mended, records), cut }
})

const damaged = (file: string, position: number, detail: string): RecordLogDamaged =>
  new RecordLogDamaged({ file, position, detail })

/** Reads all segments that are needed; fails unless everything is there that was synced. */
const scanAll = Effect.fnUntraced(function* (
  disk: Disk,
  folder: string,
  entries: ReadonlyArray<DiskEntry>,
  marker: RecordMarker,
  records: Array<Uint8Array>
): Effect.fn.Return<ReadonlyArray<ScannedSegment>, DiskError | RecordLogDamaged> {
  const scanned: Array<ScannedSegment> = []
  let next = marker.start
  for (const { name, size } of entries) {
    const base = segmentBaseOf(name)
    if (base === undefined || base < marker.start) continue
    const before = scanned[scanned.length - 1]
    if (before?.damage !== undefined) {
      const { segment } = before
      return yield* damaged(segmentFile(folder, segment.base), segment.size, before.damage)
    }
    if (base !== next) {
      const detail = `the log goes on at its position ${base}, not ${next}`
      return yield* damaged(segmentFile(folder, before?.segment.base ?? next), before?.segment.size ?? 0, detail)
    }
    const path = segmentFile(folder, base)
    const found = scan(yield* disk.read(path, 0, size), base, records)
    scanned.push(found)
    next = base + found.segment.size
  }
  const last = scanned[scanned.length - 1]
  const synced = Math.max(marker.synced, last?.synced ?? 0)
  if (next >= synced) return scanned
  const base = last?.segment.base ?? marker.start
  const detail = last?.damage ?? `the file ends here, ${synced - base} bytes were synced`
  return yield* damaged(segmentFile(folder, base), next - base, detail)
})

/** Cuts the last segment behind its whole frames, and brings to the disk what is not known to be there. */
const mendSteps = (
  folder: string,
  { bytes, damage, segment }: ScannedSegment,
  synced: number
): ReadonlyArray<FileStep> => {
  const path = segmentFile(folder, segment.base)
  const from = Math.max(0, synced - segment.base)
  return [
    ...(damage === undefined ? [] : [{ _tag: "Truncate", path, length: segment.size } as const]),
    { _tag: "Write", path, position: from, chunks: [bytes.subarray(from, segment.size)] },
    { _tag: "Sync", paths: [path] }
  ]
}
