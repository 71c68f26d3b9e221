import * as Effect from "effect/Effect"
import { decodeUtf8, encodeUtf8 } from "../bytes/index.ts"
import type { Disk, DiskError } from "../ports/index.ts"

/** The file in which a folder says what it is. */
export const metaFile = "meta.json"

const newMetaFile = "meta.json.new"

/** Longest `meta.json` that is read, in bytes. */
const maxMetaSize = 65_536

/** What `meta.json` says, or why it says nothing; `Foreign` is the name of a folder beside no `meta.json`. */
export type FoundMeta =
  | { readonly _tag: "Meta"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly _tag: "NoObject" }
  | { readonly _tag: "Foreign"; readonly folder: string }
  | { readonly _tag: "Empty" }

const fieldsOf = (bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  try {
    const meta: unknown = JSON.parse(decodeUtf8(bytes))
    return typeof meta === "object" && meta !== null ? { ...meta } : undefined
  } catch {
    return undefined
  }
}

/** Reads what the root of the disk says of itself. */
export const findMeta = Effect.fnUntraced(function* (disk: Disk): Effect.fn.Return<FoundMeta, DiskError> {
  const entries = yield* disk.list("")
  const meta = entries.find((entry) => entry.name === metaFile)
  if (meta !== undefined) {
    const fields = fieldsOf(yield* disk.read(metaFile, 0, Math.min(meta.size, maxMetaSize)))
    return fields === undefined ? { _tag: "NoObject" } : { _tag: "Meta", fields }
  }
  const foreign = entries.find((entry) => entry.isFolder && entry.name !== "lost+found")
  return foreign === undefined ? { _tag: "Empty" } : { _tag: "Foreign", folder: foreign.name }
})

/** Lets the root of the disk say this of itself, in one atom. */
export const writeMeta = Effect.fnUntraced(function* (
  disk: Disk,
  fields: Readonly<Record<string, unknown>>
): Effect.fn.Return<void, DiskError> {
  yield* disk.remove(newMetaFile)
  yield* disk.write(newMetaFile, 0, [encodeUtf8(`${JSON.stringify(fields)}\n`)])
  yield* disk.sync(newMetaFile)
  yield* disk.rename(newMetaFile, metaFile)
  yield* disk.syncFolder("")
})
