import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type DecodeError, decodeWith, Reader, Writer } from "../../bytes/index.ts"
import type { SnapshotFailed, SnapshotFiles } from "../../storage/index.ts"
import type { Durable } from "../ChainSettings.ts"
import { readSnapshotName, writeSnapshotName } from "../codec/BlockCodec.ts"
import type { SnapshotName } from "../Message.ts"

const encodeName = (name: SnapshotName): Uint8Array => {
  const out = new Writer()
  writeSnapshotName(out, name)
  return out.finish()
}

/**
 * The snapshots of a node, by the names that the chain gives them.
 *
 * **Details**
 *
 * Of two snapshots the one of the higher block is newer: only committed blocks have any, and of these there is one at each
 * height.
 */
export class NodeSnapshots {
  readonly #files: SnapshotFiles

  constructor(files: SnapshotFiles) {
    this.#files = files
  }

  /** The newest one; `undefined` when there is none. */
  newest(): Result.Result<Durable["snapshot"], DecodeError> {
    const info = this.#files.newest
    if (info === undefined) return Result.succeed(undefined)
    return decodeWith(() => {
      const reader = new Reader(info.name)
      const name = readSnapshotName(reader)
      reader.end()
      return { ...name, size: info.size }
    })
  }

  /** Makes these bytes the newest snapshot. */
  keep(snapshot: SnapshotName, bytes: Uint8Array): Effect.Effect<void, SnapshotFailed> {
    return this.#files.keep(snapshot.block.counter, encodeName(snapshot), bytes)
  }

  /** Up to `length` bytes of the newest snapshot. */
  read({ block }: SnapshotName, offset: number, length: number): Effect.Effect<Uint8Array, SnapshotFailed> {
    return this.#files.read(block.counter, offset, length)
  }

  /** All of the newest snapshot. */
  readonly readAll = (snapshot: SnapshotName): Effect.Effect<Uint8Array, SnapshotFailed> =>
    this.read(snapshot, 0, Number.MAX_SAFE_INTEGER)

  /** Writes bytes of a snapshot that arrives aside. */
  write(snapshot: SnapshotName, size: number, offset: number, bytes: Uint8Array): Effect.Effect<void, SnapshotFailed> {
    return this.#files.write({ rank: snapshot.block.counter, name: encodeName(snapshot), size, offset, bytes })
  }

  /** Makes the snapshot that has arrived the newest, and gives its bytes. */
  install(snapshot: SnapshotName): Effect.Effect<Uint8Array, SnapshotFailed> {
    return Effect.andThen(this.#files.install(snapshot.block.counter), this.readAll(snapshot))
  }
}
