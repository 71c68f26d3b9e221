import type { FileStep } from "../FileStep.ts"
import { seal, unseal } from "../Sealed.ts"
import { markerFile } from "./RecordFiles.ts"

/**
 * What a record log says of itself beside its segments.
 *
 * **Details**
 *
 * Everything before `synced` was synced; the first segment that is needed begins at `start`. `sequence` counts the
 * markers of a log.
 */
export interface RecordMarker {
  readonly sequence: number
  readonly synced: number
  readonly start: number
}

/**
 * A place for a marker.
 *
 * **Details**
 *
 * There are three: the one that is known to be on the disk is never written, and the others say the same, so that no
 * single damaged sector takes the newest marker.
 */
export type MarkerSlot = 0 | 1 | 2

const slots: ReadonlyArray<MarkerSlot> = [0, 1, 2]

const kind = 0x6f64_726d
const version = 1

/** The slots lie in different sectors, so that writing one never harms the other. */
const slotStride = 4096

const markerSize = 4 + 2 + 3 * 8 + 4

/** Bytes of the file that hold all slots. */
export const markerFileSize = 2 * slotStride + markerSize

export const firstMarker: RecordMarker = { sequence: 0, synced: 0, start: 0 }

const encodeMarker = (marker: RecordMarker): Uint8Array =>
  seal(kind, version, (out) => {
    out.int64(marker.sequence)
    out.int64(marker.synced)
    out.int64(marker.start)
  })

/** A marker that was found, and where. */
export interface FoundMarker {
  readonly slot: MarkerSlot
  readonly marker: RecordMarker
}

const decodeSlot = (file: Uint8Array, slot: MarkerSlot): FoundMarker | undefined => {
  const at = slot * slotStride
  const marker = unseal(file.subarray(at, at + markerSize), kind, version, (reader) => ({
    sequence: reader.int64(),
    synced: reader.int64(),
    start: reader.int64()
  }))
  return marker === undefined ? undefined : { slot, marker }
}

/** The newest of the markers that are whole; `undefined` when none is. */
export const decodeMarkers = (file: Uint8Array): FoundMarker | undefined => {
  let newest: FoundMarker | undefined
  for (const slot of slots) {
    const found = decodeSlot(file, slot)
    if (found !== undefined && (newest === undefined || found.marker.sequence > newest.marker.sequence)) newest = found
  }
  return newest
}

/** Writes the marker in this place. */
export const markerStep = (folder: string, slot: MarkerSlot, marker: RecordMarker): FileStep => ({
  _tag: "Write",
  path: markerFile(folder),
  position: slot * slotStride,
  chunks: [encodeMarker(marker)]
})

/** Writes the marker in the places beside that of the one which is known to be on the disk. */
export const markerSteps = (folder: string, durable: MarkerSlot, marker: RecordMarker): ReadonlyArray<FileStep> =>
  slots.filter((slot) => slot !== durable).map((slot) => markerStep(folder, slot, marker))

/** One of the places beside this one: it holds the marker that is known to be on the disk once all of them are. */
export const slotBeside = (durable: MarkerSlot): MarkerSlot => (durable === 0 ? 1 : 0)
