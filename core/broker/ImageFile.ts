import * as Effect from "effect/Effect"
import { parseTopicPartition } from "../log/index.ts"
import type { Disk, DiskError } from "../ports/index.ts"
import {
  type BrokerImage,
  decodeImage,
  emptyImage,
  encodeImage,
  ImageDamaged,
  imageDraftFile,
  imageFile
} from "./BrokerImage.ts"

/** Puts an image in the place of the one before, in one atom: the draft is synced before it is renamed. */
export const writeImage = (disk: Disk, image: BrokerImage): Effect.Effect<void, DiskError> =>
  Effect.gen(function* () {
    const bytes = encodeImage(image)
    yield* disk.write(imageDraftFile, 0, [bytes])
    yield* disk.truncate(imageDraftFile, bytes.length)
    yield* disk.sync(imageDraftFile)
    yield* disk.rename(imageDraftFile, imageFile)
    yield* disk.syncFolder("")
  })

/**
 * Reads the image, writes the first one in a new folder, and ends the deletions that a crash has cut short.
 *
 * **Details**
 *
 * A broker that wrote the image may have ended before its name was on the disk: that is made up for before anything is
 * done by it, since else the end of the machine would bring back the image before.
 *
 * **Gotchas**
 *
 * A folder with partitions and without an image is `ImageDamaged`: the topics' ids and settings would be lost.
 */
export const openImage = Effect.fnUntraced(function* (
  disk: Disk
): Effect.fn.Return<BrokerImage, DiskError | ImageDamaged> {
  const entries = yield* disk.list("")
  const entry = entries.find(({ name }) => name === imageFile)
  if (entry === undefined) {
    const orphan = entries.find(({ isFolder, name }) => isFolder && parseTopicPartition(name) !== undefined)
    if (orphan !== undefined) {
      const detail = `it is missing, and there is the partition ${orphan.name}`
      return yield* new ImageDamaged({ reason: "Missing", file: imageFile, detail })
    }
    yield* writeImage(disk, emptyImage)
    return emptyImage
  }
  const image = yield* Effect.fromResult(decodeImage(yield* disk.read(imageFile, 0, entry.size)))
  yield* disk.syncFolder("")
  const deleting = image.topics.filter(({ status }) => status === "deleting")
  if (deleting.length === 0) return image
  for (const { name, partitions } of deleting) {
    for (let index = 0; index < partitions; index++) yield* disk.remove(`${name}-${index}`)
  }
  yield* disk.syncFolder("")
  const left: BrokerImage = { ...image, topics: image.topics.filter(({ status }) => status !== "deleting") }
  yield* writeImage(disk, left)
  return left
})
