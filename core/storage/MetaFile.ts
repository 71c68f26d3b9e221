import * as Effect from "effect/Effect"
import { crc32c, decodeUtf8, encodeUtf8 } from "../bytes/index.ts"
import type { Disk, DiskError } from "../ports/index.ts"

/** The file in which a folder says what it is. */
export const metaFile = "meta.json"

const newMetaFile = "meta.json.new"

/** Longest `meta.json` that is read, in bytes. */
const maxMetaSize = 65_536

/** What `meta.json` says, or why it says nothing; `Foreign` is the name of a folder beside no `meta.json`. */
export type FoundMeta =
  | { readonly _tag: "Meta"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly _tag: "Unreadable"; readonly why: string }
  | { readonly _tag: "Foreign"; readonly folder: string }
  | { readonly _tag: "Empty" }

/** The checksum of fields in their order: eight hexadecimal digits of the CRC-32C of their JSON. */
const checksumOf = (fields: Readonly<Record<string, unknown>>): string =>
  crc32c(encodeUtf8(JSON.stringify(fields)))
    .toString(16)
    .padStart(8, "0")

const fieldsOf = (bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  try {
    const meta: unknown = JSON.parse(decodeUtf8(bytes))
    return typeof meta === "object" && meta !== null ? { ...meta } : undefined
  } catch {
    return undefined
  }
}

/** Reads what the root of the disk says of itself; whether there must be a checksum is for the reader to say. */
export const findMeta = Effect.fnUntraced(function* (disk: Disk): Effect.fn.Return<FoundMeta, DiskError> {
  const entries = yield* disk.list("")
  const meta = entries.find((entry) => entry.name === metaFile)
  if (meta !== undefined) {
    const fields = fieldsOf(yield* disk.read(metaFile, 0, Math.min(meta.size, maxMetaSize)))
    if (fields === undefined) return { _tag: "Unreadable", why: "is no JSON object" }
    const { checksum, ...rest } = fields
    const isSound = checksum === undefined || checksum === checksumOf(rest)
    return isSound ? { _tag: "Meta", fields } : { _tag: "Unreadable", why: "is not what was written" }
  }
  const foreign = entries.find((entry) => entry.isFolder && entry.name !== "lost+found")
  return foreign === undefined ? { _tag: "Empty" } : { _tag: "Foreign", folder: foreign.name }
})

/** Lets the root of the disk say this of itself, with a checksum, in one atom. */
export const writeMeta = Effect.fnUntraced(function* (
  disk: Disk,
  fields: Readonly<Record<string, unknown>>
): Effect.fn.Return<void, DiskError> {
  yield* disk.remove(newMetaFile)
  yield* disk.write(newMetaFile, 0, [encodeUtf8(`${JSON.stringify({ ...fields, checksum: checksumOf(fields) })}\n`)])
  yield* disk.sync(newMetaFile)
  yield* disk.rename(newMetaFile, metaFile)
  yield* disk.syncFolder("")
})
