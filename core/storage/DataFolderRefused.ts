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

/** A data folder that is not opened; nothing in it was changed. `folder` is its path, where there is one. */
export class DataFolderRefused extends Data.TaggedError("DataFolderRefused")<{
  readonly reason: DataFolderRefusedReason
  readonly why: string
  readonly advice: string
  readonly folder?: string
}> {
  override get message(): string {
    const { advice, folder, why } = this
    return `The ${folder === undefined ? "data folder" : `folder ${folder}`} is not opened, since ${why}: ${advice}.`
  }

  /** The same of the folder at this path: a disk does not know where it is. */
  at(folder: string): DataFolderRefused {
    const { advice, reason, why } = this
    return new DataFolderRefused({ reason, why, advice, folder })
  }
}

export const refused = (reason: DataFolderRefusedReason, why: string, advice: string): DataFolderRefused =>
  new DataFolderRefused({ reason, why, advice })
