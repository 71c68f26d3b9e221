import * as Data from "effect/Data"
import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"

/**
 * Why a disk operation failed.
 *
 * - `NotFound`: no such file or folder
 * - `Full`: no space, quota or file-size limit reached
 * - `Locked`: another process holds the lock
 * - `Io`: anything else the operating system said
 */
export type DiskErrorReason = "NotFound" | "Full" | "Locked" | "Io"

/** A disk operation that failed: which one, on which path, and what the system said. */
export class DiskError extends Data.TaggedError("DiskError")<{
  readonly reason: DiskErrorReason
  readonly operation: string
  readonly path: string
  readonly message: string
  readonly cause?: unknown
}> {}

/** One entry of a folder. `size` is in bytes, 0 for a folder. */
export interface DiskEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly size: number
}

/**
 * Files below one root, moved as bytes and nothing else: formats and recovery are `core/storage`.
 *
 * **Details**
 *
 * Paths are relative to the root, with `/` between the parts. Bytes are written where the caller says, and are durable
 * only after `sync` of that file has succeeded; a file's creation, renaming or removal is durable only after `syncFolder`
 * of the folder that holds it. An adapter never retries a failed `sync`: what was not synced may be gone from the
 * system's cache, so a second success would mean nothing.
 *
 * **Gotchas**
 *
 * The adapter keeps a reference to the chunks only until `write` ends; `read` answers with fewer bytes than asked only
 * at the end of the file.
 */
export interface Disk {
  readonly read: (path: string, position: number, length: number) => Effect<Uint8Array, DiskError>
  /** Writes the chunks one after the other from `position`; creates the file (not its folder) when missing. */
  readonly write: (path: string, position: number, chunks: ReadonlyArray<Uint8Array>) => Effect<void, DiskError>
  readonly sync: (path: string) => Effect<void, DiskError>
  readonly syncFolder: (path: string) => Effect<void, DiskError>
  /** Cuts or extends (with zeros) the file to `length` bytes. */
  readonly truncate: (path: string, length: number) => Effect<void, DiskError>
  /** Replaces `to` in one atom. */
  readonly rename: (from: string, to: string) => Effect<void, DiskError>
  /** Removes a file, or a folder with all it holds. A path that does not exist is no error. */
  readonly remove: (path: string) => Effect<void, DiskError>
  /** Creates the folder and its missing parents. */
  readonly makeFolder: (path: string) => Effect<void, DiskError>
  /** Entries sorted by name; `""` is the root. */
  readonly list: (path: string) => Effect<ReadonlyArray<DiskEntry>, DiskError>
  /** Holds the root for this process until the scope closes or the process dies, however it dies. */
  readonly lock: Effect<void, DiskError, Scope>
}
