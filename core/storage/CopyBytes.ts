import * as Effect from "effect/Effect"
import { type Disk, DiskError } from "../ports/index.ts"

/** Bytes that are copied at a time. */
const windowSize = 1 << 20

/** Where bytes are: in a file, from a position on. */
export interface Place {
  readonly path: string
  readonly position: number
}

/**
 * Copies `size` bytes from one place to another, a part at a time; syncs nothing.
 *
 * **Details**
 *
 * Both places may be the same one. The bytes are then handed to the system once more, which is what it takes for a sync
 * to bring them to the disk where an earlier one has failed: the system may hold for clean what it could not write.
 */
export const copyBytes = Effect.fnUntraced(function* (
  disk: Disk,
  from: Place,
  to: Place,
  size: number
): Effect.fn.Return<void, DiskError> {
  for (let copied = 0; copied < size;) {
    const position = from.position + copied
    const bytes = yield* disk.read(from.path, position, Math.min(windowSize, size - copied))
    if (bytes.length === 0) {
      const message = `The file "${from.path}" ends at byte ${position} and was longer: start the broker again.`
      return yield* new DiskError({ reason: "Io", operation: "read", path: from.path, message })
    }
    yield* disk.write(to.path, to.position + copied, [bytes])
    copied += bytes.length
  }
})
