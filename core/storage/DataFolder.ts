import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { decodeUtf8, encodeUtf8 } from "../bytes/index.ts"
import type { Disk, DiskError } from "../ports/index.ts"

/** The format of the files that this version writes and reads. */
export const dataFormat = 1

const metaFile = "meta.json"
const newMetaFile = "meta.json.new"

/** Longest `meta.json` that is read, in bytes. */
const maxMetaSize = 65_536

/** What a data folder says of itself: the cluster that it belongs to, and the format of its files. */
export interface DataFolder {
  readonly clusterId: string
  readonly format: number
}

/**
 * Why a folder is not opened.
 *
 * - `UnknownFormat`: another version of this package wrote it
 * - `Unreadable`: `meta.json` is not what this package writes
 * - `Foreign`: the folder holds folders and no `meta.json`
 */
export type DataFolderRefusedReason = "UnknownFormat" | "Unreadable" | "Foreign"

/** A data folder that is not opened; nothing in it was changed. */
export class DataFolderRefused extends Data.TaggedError("DataFolderRefused")<{
  readonly reason: DataFolderRefusedReason
  readonly detail: string
}> {
  override get message(): string {
    return `The data folder is not opened: ${this.detail}.`
  }
}

const refused = (reason: DataFolderRefusedReason, detail: string): DataFolderRefused =>
  new DataFolderRefused({ reason, detail })

const readMeta = (bytes: Uint8Array): DataFolder | DataFolderRefused => {
  let meta: unknown
  try {
    meta = JSON.parse(decodeUtf8(bytes))
  } catch {
    return refused("Unreadable", `its ${metaFile} is not JSON, restore it from a copy`)
  }
  if (typeof meta !== "object" || meta === null || !("format" in meta) || !("clusterId" in meta)) {
    return refused("Unreadable", `its ${metaFile} names no format or no cluster id, restore it from a copy`)
  }
  const { clusterId, format } = meta
  if (format !== dataFormat) {
    const detail = `its files have format ${JSON.stringify(format)} and this version reads ${dataFormat}, use the version that wrote them`
    return refused("UnknownFormat", detail)
  }
  return typeof clusterId === "string" && clusterId !== ""
    ? { clusterId, format: dataFormat }
    : refused("Unreadable", `the cluster id in its ${metaFile} is not a text, restore it from a copy`)
}

/**
 * Locks the root of the disk for this process, and reads what the folder says of itself; an empty one is made a data
 * folder of the cluster `newClusterId`.
 *
 * **Details**
 *
 * The lock is held until the scope closes. A folder that was in use by another cluster keeps its own id: the caller
 * decides whether it may go on with it.
 */
export const openDataFolder = Effect.fnUntraced(function* (
  disk: Disk,
  newClusterId: string
): Effect.fn.Return<DataFolder, DiskError | DataFolderRefused, Scope> {
  yield* disk.lock
  const entries = yield* disk.list("")
  const meta = entries.find((entry) => entry.name === metaFile)
  if (meta !== undefined) {
    const read = readMeta(yield* disk.read(metaFile, 0, Math.min(meta.size, maxMetaSize)))
    return read instanceof DataFolderRefused ? yield* read : read
  }
  const foreign = entries.find((entry) => entry.isFolder && entry.name !== "lost+found")
  if (foreign !== undefined) {
    return yield* refused("Foreign", `it has a folder "${foreign.name}" and no ${metaFile}, choose an empty folder`)
  }
  const made: DataFolder = { clusterId: newClusterId, format: dataFormat }
  yield* disk.remove(newMetaFile)
  yield* disk.write(newMetaFile, 0, [encodeUtf8(`${JSON.stringify(made)}\n`)])
  yield* disk.sync(newMetaFile)
  yield* disk.rename(newMetaFile, metaFile)
  yield* disk.syncFolder("")
  return made
})
