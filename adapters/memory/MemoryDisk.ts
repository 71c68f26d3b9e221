import * as Effect from "effect/Effect"
import { type Disk, type DiskEntry, DiskError, type DiskErrorReason } from "../../core/ports/index.ts"
import { MemoryFile } from "./MemoryFile.ts"

/** How a memory disk is to behave. */
export interface MemoryDiskOptions {
  /** Bound on the bytes of all files together; beyond it a write fails with `Full`. Absent: no bound. */
  readonly maxBytes?: number
  /** Remembers what was not synced, so that `crashed` can lose it; costs a copy of all that is written. */
  readonly crashable?: boolean
}

/**
 * What outlives a crash.
 *
 * **Details**
 *
 * `killed` is the end of a process: all that it handed to the system is found, and what was not synced may still be lost
 * later. Anything else is the end of a machine, and what is left is on the disk. `bytes` is asked for every change that
 * was not synced, of each file in the order in which they were made, how many of its `unsynced` bytes reached the disk,
 * from its first: a later change may survive an earlier one. `entries` says whether files that were created, renamed or
 * removed are found as they last were, or as they were when their folder was last synced.
 */
export type Survival =
  | "killed"
  | {
      readonly bytes: (path: string, unsynced: number) => number
      readonly entries: "last" | "synced"
    }

/** The end of a process. */
export const killed: Survival = "killed"

/** The most that the end of a machine can take: everything that was not synced. */
export const powerCut: Survival = { bytes: () => 0, entries: "synced" }

/**
 * A disk in memory.
 *
 * **Details**
 *
 * A step is a byte written, or one change of another kind. `crashAfter(n)` lets `n` more steps happen and then fails
 * everything, also in the middle of a write; `crashed` is a disk of its own that holds what outlived, with the lock free.
 */
export interface MemoryDisk extends Disk {
  readonly bytes: () => number
  readonly steps: () => number
  readonly crashAfter: (steps: number) => void
  readonly crashed: (survival: Survival) => MemoryDisk
}

type Change = { readonly position: number; readonly bytes: Uint8Array } | { readonly length: number }

interface Inode {
  readonly file: MemoryFile
  readonly durable: MemoryFile
  unsynced: Array<Change>
}

/** Entries of one folder: a file, or `undefined` for a folder, which is found by its own path. */
type Entries = Map<string, Inode | undefined>

interface Folder {
  readonly entries: Entries
  synced: Entries
}

const weight = (change: Change): number => ("bytes" in change ? change.bytes.length : 1)

const apply = (file: MemoryFile, change: Change): void =>
  "bytes" in change ? file.write(change.position, change.bytes) : file.truncate(change.length)

const split = (path: string): readonly [folder: string, name: string] => {
  const at = path.lastIndexOf("/")
  return at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 1)]
}

const inode = (): Inode => ({ file: new MemoryFile(), durable: new MemoryFile(), unsynced: [] })

const newFolder = (): Folder => ({ entries: new Map(), synced: new Map() })

/**
 * Makes a disk that holds its files in memory: for tests, and for a broker that keeps nothing.
 *
 * **Gotchas**
 *
 * `sync` promises nothing beyond the life of the process; it matters to `crashed` only.
 */
export const makeMemoryDisk = (options: MemoryDiskOptions = {}): MemoryDisk =>
  diskOver(new Map([["", newFolder()]]), options)

const diskOver = (folders: Map<string, Folder>, options: MemoryDiskOptions): MemoryDisk => {
  const { crashable = false, maxBytes = Infinity } = options
  let steps = 0
  let last = Infinity
  let held = 0
  let locked = false
  for (const { entries } of folders.values()) for (const node of entries.values()) held += node?.file.size ?? 0

  const attempt = <A>(operation: string, path: string, run: (fail: Fail) => A): Effect.Effect<A, DiskError> =>
    Effect.suspend(() => {
      const fail: Fail = (reason, detail) => {
        throw new DiskError({ reason, operation, path, message: `${operation} of "${path}": ${detail}.` })
      }
      try {
        if (steps >= last) fail("Io", "the disk has crashed, take what is left from it")
        return Effect.succeed(run(fail))
      } catch (error) {
        if (error instanceof DiskError) return Effect.fail(error)
        throw error
      }
    })

  const folderOf = (path: string, fail: Fail): Folder =>
    folders.get(path) ?? fail("NotFound", `there is no folder "${path}", create it first`)

  const fileAt = (path: string, fail: Fail): Inode => {
    const [folder, name] = split(path)
    return folders.get(folder)?.entries.get(name) ?? fail("NotFound", "there is no such file")
  }

  const change = (node: Inode, made: Change): void => {
    held -= node.file.size
    apply(node.file, made)
    held += node.file.size
    steps += weight(made)
    if (crashable) node.unsynced.push("bytes" in made ? { ...made, bytes: made.bytes.slice() } : made)
  }

  const drop = (path: string): void => {
    const [folder, name] = split(path)
    const entries = folders.get(folder)?.entries
    held -= entries?.get(name)?.file.size ?? 0
    entries?.delete(name)
    for (const child of folders.get(path)?.entries.keys() ?? []) drop(`${path}/${child}`)
    folders.delete(path)
  }

  const crashed = (survival: Survival): MemoryDisk => {
    if (survival === "killed") return diskOver(copyOf(folders), options)
    const left = new Map<string, Folder>()
    const keep = (path: string): void => {
      const folder = newFolder()
      left.set(path, folder)
      const found = folders.get(path)
      const entries = (survival.entries === "last" ? found?.entries : found?.synced) ?? new Map()
      for (const [name, node] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const child = path === "" ? name : `${path}/${name}`
        if (node === undefined) keep(child)
        folder.entries.set(name, node === undefined ? undefined : survivor(child, node, survival))
        folder.synced.set(name, folder.entries.get(name))
      }
    }
    keep("")
    return diskOver(left, options)
  }

  return {
    bytes: () => held,
    steps: () => steps,
    crashAfter: (more) => {
      last = steps + more
    },
    crashed,
    read: (path, position, length) => attempt("read", path, (fail) => fileAt(path, fail).file.read(position, length)),
    write: (path, position, chunks) =>
      attempt("write", path, (fail) => {
        const [folder, name] = split(path)
        const { entries } = folderOf(folder, fail)
        let node = entries.get(name)
        if (node === undefined) {
          node = inode()
          entries.set(name, node)
          steps++
        }
        let at = position
        for (const chunk of chunks) {
          const grows = Math.max(0, at + chunk.length - node.file.size)
          if (held + grows > maxBytes) fail("Full", `its bound of ${maxBytes} bytes is reached; give it a larger one`)
          const part = chunk.subarray(0, last - steps)
          change(node, { position: at, bytes: part })
          if (part.length < chunk.length) fail("Io", "the disk has crashed during this write")
          at += chunk.length
        }
      }),
    sync: (path) =>
      attempt("sync", path, (fail) => {
        const node = fileAt(path, fail)
        for (const made of node.unsynced) apply(node.durable, made)
        node.unsynced = []
        steps++
      }),
    syncFolder: (path) =>
      attempt("syncFolder", path, (fail) => {
        const folder = folderOf(path, fail)
        if (crashable) folder.synced = new Map(folder.entries)
        steps++
      }),
    truncate: (path, length) => attempt("truncate", path, (fail) => change(fileAt(path, fail), { length })),
    rename: (from, to) =>
      attempt("rename", from, (fail) => {
        const node = fileAt(from, fail)
        const [folder, name] = split(to)
        const target = folderOf(folder, fail).entries
        held -= target.get(name)?.file.size ?? 0
        target.set(name, node)
        const [oldFolder, oldName] = split(from)
        if (from !== to) folderOf(oldFolder, fail).entries.delete(oldName)
        steps++
      }),
    remove: (path) =>
      attempt("remove", path, () => {
        drop(path)
        steps++
      }),
    makeFolder: (path) =>
      attempt("makeFolder", path, () => {
        const parts = path === "" ? [] : path.split("/")
        for (let i = 1; i <= parts.length; i++) {
          const child = parts.slice(0, i).join("/")
          if (folders.has(child)) continue
          folders.set(child, newFolder())
          folders.get(parts.slice(0, i - 1).join("/"))?.entries.set(parts[i - 1]!, undefined)
          steps++
        }
      }),
    list: (path) =>
      attempt("list", path, (fail) => {
        const found: Array<DiskEntry> = []
        for (const [name, node] of folderOf(path, fail).entries) {
          found.push({ name, isFolder: node === undefined, size: node?.file.size ?? 0 })
        }
        return found.sort((a, b) => (a.name < b.name ? -1 : 1))
      }),
    lock: Effect.acquireRelease(
      attempt("lock", "", (fail) => {
        if (locked) fail("Locked", "it is held already, close its holder first")
        locked = true
      }),
      () =>
        Effect.sync(() => {
          locked = false
        })
    )
  }
}

type Fail = (reason: DiskErrorReason, detail: string) => never

/** All folders and files as they are, with what is synced of them. */
const copyOf = (folders: ReadonlyMap<string, Folder>): Map<string, Folder> => {
  const copies = new Map<Inode, Inode>()
  const copy = (node: Inode | undefined): Inode | undefined => {
    if (node === undefined) return undefined
    const made = copies.get(node) ?? { ...inode(), unsynced: [...node.unsynced] }
    if (!copies.has(node)) {
      copies.set(node, made)
      made.file.write(0, node.file.read(0, node.file.size))
      made.durable.write(0, node.durable.read(0, node.durable.size))
    }
    return made
  }
  const all = (entries: Entries): Entries => new Map(Array.from(entries, ([name, node]) => [name, copy(node)]))
  return new Map(
    Array.from(folders, ([path, folder]) => [path, { entries: all(folder.entries), synced: all(folder.synced) }])
  )
}

/** The file as the end of a machine leaves it: what was synced, and as much of the rest as survived. */
const survivor = (path: string, node: Inode, survival: Survival & object): Inode => {
  const left = inode()
  left.file.write(0, node.durable.read(0, node.durable.size))
  for (const made of node.unsynced) {
    const kept = survival.bytes(path, weight(made))
    if (kept > 0) apply(left.file, "bytes" in made ? { ...made, bytes: made.bytes.subarray(0, kept) } : made)
  }
  left.durable.write(0, left.file.read(0, left.file.size))
  return left
}
