import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Disk, DiskError } from "../ports/index.ts"
import { DataFolderRefused, refused } from "./DataFolderRefused.ts"
import { findMeta, metaFile, writeMeta } from "./MetaFile.ts"

/** The format of the files that this version writes and reads. */
export const dataFormat = 1

/** What a data folder says of itself: the cluster that it belongs to, and the format of its files. */
export interface DataFolder {
  readonly clusterId: string
  readonly format: number
}

const [anEmptyOne, restore] = ["choose an empty folder", `restore ${metaFile} from a copy`]

const readMeta = (meta: Readonly<Record<string, unknown>>): DataFolder | DataFolderRefused => {
  if ("kind" in meta) {
    return refused("Foreign", `it is of a ${JSON.stringify(meta["kind"])} and not of a broker`, anEmptyOne)
  }
  if (!("format" in meta) || !("clusterId" in meta)) {
    return refused("Unreadable", `its ${metaFile} names no format or no cluster id`, restore)
  }
  const { clusterId, format } = meta
  if (format !== dataFormat) {
    const why = `its files have format ${JSON.stringify(format)} and this version reads ${dataFormat}`
    return refused("UnknownFormat", why, "use the version that wrote them")
  }
  return typeof clusterId === "string" && clusterId !== ""
    ? { clusterId, format: dataFormat }
    : refused("Unreadable", `the cluster id in its ${metaFile} is not a text`, restore)
}

/**
 * Locks the root of the disk for this process, and reads what the folder says of itself; an empty one is made a data
 * folder of the cluster `newClusterId`.
 *
 * **Details**
 *
 * The lock is held until the scope closes. A folder that was in use by another cluster keeps its own id: the caller
 * decides whether it may go on with it. The folder of a node (`openNodeFolder`) is refused.
 */
export const openDataFolder = Effect.fnUntraced(function* (
  disk: Disk,
  newClusterId: string
): Effect.fn.Return<DataFolder, DiskError | DataFolderRefused, Scope> {
  yield* disk.lock
  const found = yield* findMeta(disk)
  switch (found._tag) {
    case "Unreadable":
      return yield* refused("Unreadable", `its ${metaFile} ${found.why}`, restore)
    case "Foreign":
      return yield* refused("Foreign", `it has a folder "${found.folder}" and no ${metaFile}`, anEmptyOne)
    case "Meta": {
      const read = readMeta(found.fields)
      if (read instanceof DataFolderRefused) return yield* read
      // A life that has written it may have ended before its name was on the disk.
      yield* disk.syncFolder("")
      return read
    }
    case "Empty": {
      const made: DataFolder = { clusterId: newClusterId, format: dataFormat }
      yield* writeMeta(disk, { ...made })
      return made
    }
  }
})
