/** The place of a partition's files: a folder of the disk, such as `orders-3`. */
export type PartitionFolder = string

const digits = 20

const fileName = (folder: PartitionFolder, base: number, suffix: string): string =>
  `${folder}/${String(base).padStart(digits, "0")}${suffix}`

/** The record batches of the segment whose first offset is `base`, as they travel. */
export const logFile = (folder: PartitionFolder, base: number): string => fileName(folder, base, ".log")

/** What recovery cut off the log of the segment at `base`, from the byte `position` on. */
export const cutFile = (folder: PartitionFolder, base: number, position: number): string =>
  `${logFile(folder, base)}.cut-${position}`

/** Where offsets lie in a closed segment. */
export const indexFile = (folder: PartitionFolder, base: number): string => fileName(folder, base, ".index")

/** Where times lie in a closed segment. */
export const timeIndexFile = (folder: PartitionFolder, base: number): string => fileName(folder, base, ".timeindex")

/** The idempotent producers as they were before the record at `base`. */
export const snapshotFile = (folder: PartitionFolder, base: number): string => fileName(folder, base, ".snapshot")

/** How far the partition is known to be synced. */
export const checkpointFile = (folder: PartitionFolder): string => `${folder}/checkpoint`

/** The first offset in the name of a file with this suffix; `undefined` when the name is none of those. */
export const baseOf = (name: string, suffix: ".log" | ".snapshot"): number | undefined => {
  if (name.length !== digits + suffix.length || !name.endsWith(suffix)) return undefined
  const text = name.slice(0, digits)
  const base = Number(text)
  return /^[0-9]+$/.test(text) && Number.isSafeInteger(base) ? base : undefined
}
