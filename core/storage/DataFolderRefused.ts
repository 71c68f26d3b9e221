import * as Data from "effect/Data"

/**
 * Why a folder is not opened.
 *
 * - `UnknownFormat`: another version of this package wrote it
 * - `Unreadable`: `meta.json` is not what this package writes
 * - `Foreign`: the folder holds folders and no `meta.json`, or belongs to a program of another kind
 * - `OtherCluster`, `OtherNode`: it belongs to a node of another cluster, or to another node
 */
export type DataFolderRefusedReason = "UnknownFormat" | "Unreadable" | "Foreign" | "OtherCluster" | "OtherNode"

/** A data folder that is not opened; nothing in it was changed. */
export class DataFolderRefused extends Data.TaggedError("DataFolderRefused")<{
  readonly reason: DataFolderRefusedReason
  readonly detail: string
}> {
  override get message(): string {
    return `The data folder is not opened: ${this.detail}.`
  }
}

export const refused = (reason: DataFolderRefusedReason, detail: string): DataFolderRefused =>
  new DataFolderRefused({ reason, detail })
