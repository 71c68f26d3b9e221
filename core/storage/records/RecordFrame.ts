import { crc32c, EncodeError } from "../../bytes/index.ts"

/** Bytes in front of a frame's records. */
export const frameHeaderSize = 32

/** Bytes in front of each record of a frame. */
const recordHeaderSize = 4

/** Most bytes of one frame. */
export const maxFrameSize = 2 ** 30

/**
 * What one append has put into a record log.
 *
 * **Details**
 *
 * `position` is the byte of the log, over all its segments, where the frame begins, and `end` the one after it. When it
 * was written, everything before `synced` was on the disk. `mark` is the caller's own number.
 */
export interface RecordFrame {
  readonly position: number
  readonly end: number
  readonly synced: number
  readonly mark: number
  readonly records: ReadonlyArray<Uint8Array>
}

/** Why the bytes at a position are no frame. */
export interface NoFrame {
  readonly detail: string
}

const high = (value: number): number => Math.floor(value / 0x1_0000_0000)

const getInt64 = (view: DataView, at: number): number => view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4)

const setInt64 = (view: DataView, at: number, value: number): void => {
  view.setInt32(at, high(value))
  view.setUint32(at + 4, value >>> 0)
}

/** Bytes of the frame that holds these records. */
export const frameSize = (records: ReadonlyArray<Uint8Array>): number => {
  let size = frameHeaderSize
  for (const record of records) size += recordHeaderSize + record.length
  return size
}

/**
 * The bytes of a frame, big-endian: CRC-32C of all that follows (uint32), length of what comes after the header
 * (uint32), position, synced and mark (int64 each), then the records, each with its length (uint32).
 *
 * **Details**
 *
 * The position is part of what is checked, so that bytes which the disk has written to another place than told are
 * never taken for what belongs there. The records of one append share a frame: they are found together or not at all.
 */
export const encodeFrame = (
  position: number,
  synced: number,
  mark: number,
  records: ReadonlyArray<Uint8Array>
): Uint8Array => {
  const size = frameSize(records)
  if (size > maxFrameSize || !Number.isSafeInteger(position + size) || !Number.isSafeInteger(mark)) {
    const detail = `${size} bytes at position ${position} with mark ${mark} are more than a frame can say`
    throw new EncodeError({ reason: "NumberOutOfRange", what: "record frame", detail })
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, size - frameHeaderSize)
  setInt64(view, 8, position)
  setInt64(view, 16, synced)
  setInt64(view, 24, mark)
  let at = frameHeaderSize
  for (const record of records) {
    view.setUint32(at, record.length)
    bytes.set(record, at + recordHeaderSize)
    at += recordHeaderSize + record.length
  }
  view.setUint32(0, crc32c(bytes, 4))
  return bytes
}

const noFrame = (detail: string): NoFrame => ({ detail })

/** Reads the frame that begins at byte `at`, which is `position` of the log; its records are views of `bytes`. */
export const readFrame = (bytes: Uint8Array, at: number, position: number): RecordFrame | NoFrame => {
  const there = bytes.length - at
  if (there < frameHeaderSize) return noFrame(`a frame needs ${frameHeaderSize} bytes and ${there} are there`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, there)
  const size = frameHeaderSize + view.getUint32(4)
  const said = getInt64(view, 8)
  if (said !== position) return noFrame(`what is there was written for position ${said} of the log, not ${position}`)
  if (size > there) return noFrame(`the frame needs ${size} bytes and ${there} are there`)
  const crc = crc32c(bytes, at + 4, at + size)
  if (crc !== view.getUint32(0)) return noFrame(`its CRC-32C is ${crc} and its header says ${view.getUint32(0)}`)
  const synced = getInt64(view, 16)
  const records: Array<Uint8Array> = []
  let next = frameHeaderSize
  while (next + recordHeaderSize <= size) {
    const from = next + recordHeaderSize
    next = from + view.getUint32(next)
    if (next <= size) records.push(bytes.subarray(at + from, at + next))
  }
  if (next !== size || synced > position) return noFrame("its checksum is right and what it says is not")
  return { position, end: position + size, synced, mark: getInt64(view, 24), records }
}

/**
 * Calls `visit` for the frames that are whole somewhere behind a damage, from byte `at` on.
 *
 * **Details**
 *
 * A frame names its own position, so that none needs to be found by those before it.
 */
export const visitFramesBehind = (
  bytes: Uint8Array,
  at: number,
  base: number,
  visit: (frame: RecordFrame) => void
): void => {
  for (let next = at; next + frameHeaderSize <= bytes.length; next++) {
    // The lowest byte of the position tells most places apart from a frame.
    if (bytes[next + 15] !== (base + next) % 256) continue
    const frame = readFrame(bytes, next, base + next)
    if (!("records" in frame)) continue
    visit(frame)
    next += frame.end - frame.position - 1
  }
}
