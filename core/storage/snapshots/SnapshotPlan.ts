import { crc32c, EncodeError } from "../../bytes/index.ts"
import type { FileStep } from "../FileStep.ts"
import { contentStart, encodeHeader, maxNameSize, type SnapshotInfo } from "./SnapshotHeader.ts"

const digits = 20

/** The file of a snapshot that is complete. */
export const snapshotPath = (folder: string, rank: number): string =>
  `${folder}/${String(rank).padStart(digits, "0")}.snapshot`

/** The rank in the name of a complete snapshot's file; `undefined` when the name is not of that kind. */
export const rankOf = (name: string): number | undefined => {
  const rank = /^[0-9]{20}\.snapshot$/.test(name) ? Number(name.slice(0, digits)) : undefined
  return Number.isSafeInteger(rank) ? rank : undefined
}

/** Whether the name is that of a snapshot which is being written. */
export const isPart = (name: string): boolean => /^[0-9]{20}-[0-9]+\.part$/.test(name)

/** A snapshot that is being written: `written` of its bytes are in the file at `path`. */
export interface SnapshotPart {
  readonly info: SnapshotInfo
  readonly path: string
  readonly written: number
  readonly crc: number
}

/**
 * What a folder of snapshots does to the disk, as steps: it decides, and touches nothing.
 *
 * **When to use**
 *
 * Where whoever carries out the steps wants to stop between any two, as a simulator does; `SnapshotFiles` carries them
 * out over a disk.
 */
export class SnapshotPlan {
  readonly folder: string
  #newest: SnapshotInfo | undefined
  #parts = 0

  constructor(folder: string, newest: SnapshotInfo | undefined) {
    this.folder = folder
    this.#newest = newest
  }

  /** The snapshot that would be found after a crash; `undefined` when there is none. */
  get newest(): SnapshotInfo | undefined {
    return this.#newest
  }

  /** A part of its own, of which nothing is written yet. */
  begin(info: SnapshotInfo): SnapshotPart {
    const { name, rank, size } = info
    if (name.length > maxNameSize || !Number.isSafeInteger(rank) || rank < 0 || !Number.isSafeInteger(size)) {
      const detail = `a name of ${name.length} bytes, rank ${rank} and size ${size} are more than a header can say`
      throw new EncodeError({ reason: "NumberOutOfRange", what: "snapshot header", detail })
    }
    this.#parts++
    const path = `${this.folder}/${String(rank).padStart(digits, "0")}-${this.#parts}.part`
    return { info, path, written: 0, crc: 0 }
  }

  /** Writes the bytes behind those that the part has; the part as it is then comes with the steps. */
  write(
    part: SnapshotPart,
    bytes: Uint8Array
  ): { readonly part: SnapshotPart; readonly steps: ReadonlyArray<FileStep> } {
    const position = contentStart(part.info.name) + part.written
    const step: FileStep = { _tag: "Write", path: part.path, position, chunks: [bytes] }
    const crc = crc32c(bytes, 0, bytes.length, part.crc)
    return { part: { ...part, written: part.written + bytes.length, crc }, steps: [step] }
  }

  /** Says in the part's header what all of it is, and syncs it. */
  complete({ crc, info, path }: SnapshotPart): ReadonlyArray<FileStep> {
    const header = encodeHeader({ ...info, crc })
    return [
      { _tag: "Write", path, position: 0, chunks: [header] },
      { _tag: "Sync", paths: [path] }
    ]
  }

  /** Gives a part that is complete its name, in one atom: with the last step it is the newest snapshot for good. */
  publish({ info, path }: SnapshotPart): ReadonlyArray<FileStep> {
    return [
      { _tag: "Rename", path, to: snapshotPath(this.folder, info.rank) },
      { _tag: "SyncFolder", path: this.folder }
    ]
  }

  /** The plan to publish this has been carried out; what it has made needless is to be removed now. */
  confirm({ info }: SnapshotPart): ReadonlyArray<FileStep> {
    const older = this.#newest
    this.#newest = info
    return older === undefined ? [] : [{ _tag: "Remove", path: snapshotPath(this.folder, older.rank) }]
  }
}
