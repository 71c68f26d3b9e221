import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { constants } from "node:fs"
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { type Disk, type DiskEntry, DiskError, type DiskErrorReason } from "../../core/ports/index.ts"
import { holdLock } from "./FolderLock.ts"
import { OpenFiles } from "./OpenFiles.ts"

/** Where the files are, and how many may be open at once (256); more are closed and opened again as they are used. */
export interface FileDiskOptions {
  readonly root: string
  readonly maxOpenFiles?: number
}

const reasons: Readonly<Record<string, DiskErrorReason>> = {
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  ENOSPC: "Full",
  EDQUOT: "Full",
  EFBIG: "Full"
}

const advice: Readonly<Record<DiskErrorReason, string>> = {
  NotFound: "check the path and who removed it",
  Full: "free some space and restart",
  Locked: "stop the process that uses this folder, or choose another folder",
  Io: "check the disk and its permissions"
}

const codeOf = (cause: unknown): string => (cause instanceof Error && "code" in cause ? String(cause.code) : "")

const diskError = (operation: string, path: string, cause: unknown): DiskError => {
  if (cause instanceof DiskError) return cause
  const reason = reasons[codeOf(cause)] ?? "Io"
  const said = cause instanceof Error ? cause.message : String(cause)
  return new DiskError({
    reason,
    operation,
    path,
    cause,
    message: `${operation} of "${path}": ${said}; ${advice[reason]}.`
  })
}

/**
 * Makes a folder and those above it.
 *
 * **Details**
 *
 * Node's own `recursive` tries for ever where a folder exists and yet says that what is made in it does not, as `/proc`.
 */
const makeFolders = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (cause) {
    const isThere = () =>
      stat(path).then(
        (found) => found.isDirectory(),
        () => false
      )
    if (await isThere()) return
    if (codeOf(cause) !== "ENOENT" || dirname(path) === path) throw cause
    await makeFolders(dirname(path))
    await mkdir(path).catch(async (again: unknown) => {
      if (!(await isThere())) throw again
    })
  }
}

const inTheWay = "a file is in its place or above it, give the path of a folder"

const rootAdvice: Readonly<Record<string, string>> = {
  EEXIST: inTheWay,
  ENOTDIR: inTheWay,
  ENOSPC: "free some space, or give a path on another disk"
}

/** Why the folder that a person has named is of no use. */
const rootError = (operation: string, done: string, root: string, cause: unknown): DiskError => {
  if (cause instanceof DiskError) return cause
  const code = codeOf(cause)
  const said = code.startsWith("ERR_") && cause instanceof Error ? cause.message : code
  const todo = rootAdvice[code] ?? "give a path in a folder that this process may write to"
  const message = `The folder ${root} cannot be ${done} (${said}): ${todo}.`
  return new DiskError({ reason: reasons[code] ?? "Io", operation, path: root, message, cause })
}

/**
 * Opens a folder of the file system as a disk, creating it when it is missing.
 *
 * **Details**
 *
 * `sync` is `fdatasync`, `syncFolder` an `fsync` of the folder. When the scope closes, operations under way are awaited
 * and all files are closed. An operation that is interrupted goes on in the system: what it did is then unknown.
 *
 * **Gotchas**
 *
 * The lock is an SQLite file named `lock` in the root, held exclusively: the system frees it when the process dies,
 * however it dies. It does not work on file systems without POSIX locks, such as some network mounts.
 */
export const makeFileDisk = (options: FileDiskOptions): Effect.Effect<Disk, DiskError, Scope> =>
  Effect.gen(function* () {
    const { root, maxOpenFiles = 256 } = options
    const attempt = <A>(
      operation: string,
      path: string,
      run: (real: string) => Promise<A>
    ): Effect.Effect<A, DiskError> =>
      Effect.tryPromise({
        try: async () => {
          if (path.split("/").includes("..")) throw new Error("a path may not leave the root")
          return await run(join(root, path))
        },
        catch: (cause) => diskError(operation, path, cause)
      })

    yield* Effect.tryPromise({
      try: () => makeFolders(resolve(root)),
      catch: (cause) => rootError("makeFolder", "made", root, cause)
    })
    const files = yield* Effect.acquireRelease(
      Effect.sync(() => new OpenFiles(maxOpenFiles)),
      (opened) => Effect.promise(() => opened.close())
    )

    return {
      read: (path, position, length) =>
        attempt("read", path, (real) =>
          files.use(real, false, async (file) => {
            const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
            let done = 0
            while (done < bytes.length) {
              const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done)
              if (bytesRead === 0) break
              done += bytesRead
            }
            return bytes.subarray(0, done)
          })
        ),
      write: (path, position, chunks) =>
        attempt("write", path, (real) =>
          files.use(real, true, async (file) => {
            let at = position
            let left = chunks.filter((chunk) => chunk.length > 0)
            while (left.length > 0) {
              const { bytesWritten } = await file.writev(left, at)
              at += bytesWritten
              left = after(left, bytesWritten)
            }
          })
        ),
      sync: (path) => attempt("sync", path, (real) => files.use(real, false, (file) => file.datasync())),
      syncFolder: (path) =>
        attempt("syncFolder", path, async (real) => {
          const folder = await open(real, constants.O_RDONLY | constants.O_DIRECTORY)
          try {
            await folder.sync()
          } finally {
            await folder.close()
          }
        }),
      truncate: (path, length) =>
        attempt("truncate", path, (real) => files.use(real, false, (file) => file.truncate(length))),
      rename: (from, to) =>
        attempt("rename", from, async (real) => {
          const target = join(root, to)
          await Promise.all([files.forget(real), files.forget(target)])
          await rename(real, target)
        }),
      remove: (path) =>
        attempt("remove", path, async (real) => {
          await files.forget(real)
          await rm(real, { recursive: true, force: true })
        }),
      makeFolder: (path) => attempt("makeFolder", path, makeFolders),
      list: (path) =>
        attempt("list", path, async (real) => {
          const entries = await readdir(real, { withFileTypes: true })
          const described = entries.map(async (entry): Promise<DiskEntry> => {
            const isFolder = entry.isDirectory()
            return { name: entry.name, isFolder, size: isFolder ? 0 : (await stat(join(real, entry.name))).size }
          })
          return (await Promise.all(described)).sort((a, b) => (a.name < b.name ? -1 : 1))
        }),
      lock: Effect.acquireRelease(
        Effect.try({
          try: () => holdLock(join(root, "lock")),
          catch: (cause) => rootError("lock", "locked", root, cause)
        }),
        (release) => Effect.sync(release)
      ).pipe(Effect.asVoid)
    }
  })

/** What is left of the chunks when the first `count` bytes are gone. */
const after = (chunks: ReadonlyArray<Uint8Array>, count: number): Array<Uint8Array> => {
  let rest = count
  let i = 0
  while (i < chunks.length && rest >= chunks[i]!.length) rest -= chunks[i++]!.length
  const left = chunks.slice(i)
  if (rest > 0) left[0] = left[0]!.subarray(rest)
  return left
}
