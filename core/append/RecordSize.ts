import { encodeBatch, type NewRecord } from "../log/index.ts"

/** About how many bytes a record takes in a request, and never fewer. */
export const recordSizeAtMost = ({ headers, key, value }: NewRecord): number => {
  let size = 32 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) size += 10 + 3 * header.name.length + (header.value?.length ?? 0)
  return size
}

/** How many bytes a batch has beside its records. */
export const batchOverhead = 61

/** How many bytes a record takes alone in a batch, as `max.message.bytes` counts them when nothing is compressed. */
export const batchSizeOf = (record: NewRecord): number => encodeBatch([record]).length
