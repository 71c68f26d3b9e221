import * as Effect from "effect/Effect"
import type { MemoryDisk } from "../../../../adapters/memory/index.ts"
import type { Disk } from "../../../../core/ports/index.ts"
import { type OpenedRecordLog, openRecordLog, type RecordLog } from "../../../../core/storage/index.ts"

const text = new TextEncoder()

/** Small segments, so that a short history has several. */
export const options = { folder: "records", segmentBytes: 150 }

export const open = (disk: Disk) => openRecordLog(disk, options)

/** Appends the words as one; a new segment begins with the record `preamble`. */
export const append = (log: RecordLog, mark: number, ...words: ReadonlyArray<string>) =>
  log.append({ records: words.map((word) => text.encode(word)), mark, preamble: () => [text.encode("preamble")] })

export const wordsOf = ({ records }: OpenedRecordLog): ReadonlyArray<string> =>
  records.map((record) => new TextDecoder().decode(record))

/** What is said in a history without preambles, one item an append. */
export const history: ReadonlyArray<ReadonlyArray<string>> = [
  ["a", "b"],
  ["c"],
  ["a longer one that fills most of what is left in its segment"],
  ["d", "e", "f"],
  ["g"],
  ["another that is too long to go into the segment which has the ones before"],
  ["h"]
]

/** All files of the log, byte for byte. */
export const filesOf = Effect.fnUntraced(function* (disk: Disk) {
  const files: Record<string, Uint8Array> = {}
  for (const { name, size } of yield* disk.list(options.folder)) {
    files[name] = yield* disk.read(`${options.folder}/${name}`, 0, size)
  }
  return files
})

/** A copy of the disk with one bit of a file changed. */
export const flipped = Effect.fnUntraced(function* (disk: MemoryDisk, path: string, bit: number) {
  const copy = disk.crashed("killed")
  const [byte] = yield* copy.read(path, bit >> 3, 1)
  yield* copy.write(path, bit >> 3, [Uint8Array.of(byte! ^ (1 << (bit & 7)))])
  return copy
})
