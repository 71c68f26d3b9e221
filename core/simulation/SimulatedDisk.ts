import * as Effect from "effect/Effect"
import { type Disk, type DiskEntry, DiskError, type DiskErrorReason } from "../ports/index.ts"
import { fnvBasis, fnvNumber, fnvText } from "./Fnv.ts"
import type { Prng } from "./Prng.ts"
import { type PowerCut, SimulatedFile } from "./SimulatedFile.ts"
import { SimulatedFolder } from "./SimulatedFolder.ts"

export type { PowerCut } from "./SimulatedFile.ts"

/** How a simulated disk behaves when something goes wrong. */
export interface DiskFaults {
  /** What a power cut may be, each as likely as the others; by default any. */
  readonly powerCuts?: ReadonlyArray<PowerCut>
  /** In how many of a hundred cases a sector that was being written is torn, by default 50; else it is old or new. */
  readonly tornPercent?: number
  /** What the disk writes at once, in bytes; by default 512. */
  readonly sectorBytes?: number
}

/** The generator is drawn from only when something goes wrong. */
export interface SimulatedDiskOptions {
  readonly random: Prng
  readonly faults: DiskFaults
}

const allPowerCuts: ReadonlyArray<PowerCut> = ["Lost", "Prefix", "Reordered"]

const failure = (reason: DiskErrorReason, operation: string, path: string, detail: string): DiskError =>
  new DiskError({ reason, operation, path, message: `${operation} of "${path}": ${detail}.` })

const split = (path: string): readonly [folder: string, name: string] => {
  const at = path.lastIndexOf("/")
  return at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 1)]
}

/**
 * The disk of one simulated node: bytes that a power cut takes unless they were synced, and what else disks do.
 *
 * **When to use**
 *
 * Below programs that are to survive a crash at any moment. All operations of `disk` are synchronous, so that
 * `Effect.runSync` carries out whole programs.
 *
 * **Details**
 *
 * What was synced survives every power cut; a file's name only once its folder was synced. What was not synced survives
 * in part, as {@link PowerCut} says: sector by sector, and for each folder change by change. `rot`, `misdirect` and
 * `failNextSync` are what makes even synced bytes wrong.
 *
 * A persist is one change of the disk: a write, a sync, or a change of names. `haltAfter` lets so many more happen and
 * then fails everything until `crash` or `processCrash`.
 */
export class SimulatedDisk {
  readonly disk: Disk
  private readonly random: Prng
  private readonly powerCuts: ReadonlyArray<PowerCut>
  private readonly sectors: { readonly bytes: number; readonly tornPercent: number }
  private root = new SimulatedFolder()
  /** Files by their whole path, as far as they have been looked for since names have changed. */
  private readonly known = new Map<string, SimulatedFile>()
  private limit = Infinity
  private syncFails = false
  private persistsLeft = Infinity
  private holder: object | undefined
  private counted = 0

  constructor({ faults, random }: SimulatedDiskOptions) {
    this.random = random
    this.powerCuts = faults.powerCuts ?? allPowerCuts
    this.sectors = { bytes: faults.sectorBytes ?? 512, tornPercent: faults.tornPercent ?? 50 }
    this.disk = this.makeDisk()
  }

  /** How many persists there have been. */
  get persists(): number {
    return this.counted
  }

  /** Whether the persists that `haltAfter` allowed are used up and one more was asked for. */
  get halted(): boolean {
    return this.persistsLeft < 0
  }

  /** The bytes of all files together. */
  get held(): number {
    let sum = 0
    this.visit((_path, entry) => {
      if (entry instanceof SimulatedFile) sum += entry.size
    })
    return sum
  }

  /** Lets so many more persists happen, and then everything fails until the disk has crashed. */
  haltAfter(persists: number): void {
    this.persistsLeft = persists
  }

  /** Cuts the power, and gives what kind of a cut it was; the disk then holds what is left, and its lock is free. */
  crash(kind?: PowerCut, random: Prng = this.random): PowerCut {
    const cut = kind ?? random.pick(this.powerCuts)
    this.root.crash(cut, random)
    this.visit((_path, entry) => entry.crash(cut, random))
    this.processCrash()
    return cut
  }

  /** The process ends: all that it has written is there, and is no more synced than it was. The lock is free. */
  processCrash(): void {
    this.known.clear()
    this.holder = undefined
    this.syncFails = false
    this.persistsLeft = Infinity
  }

  /** Changes one bit of what is synced, in this file or in any; says where, or nothing when nothing is synced. */
  rot(random: Prng = this.random, path?: string): string | undefined {
    const picked = this.pickSector(random, (file) => file.syncedSectors(), path)
    return picked && `${picked.path} at byte ${picked.file.rot(picked.sector, random)}`
  }

  /**
   * One sector of the last synced writes turns out to have been written in another place: in its own is what was there
   * before, and another synced sector is overwritten. Says which, or nothing when nothing was written.
   */
  misdirect(random: Prng = this.random): string | undefined {
    const meant = this.pickSector(random, (file) => file.writtenSectors())
    const hit = meant && this.pickSector(random, (file) => file.syncedSectors())
    if (meant === undefined || hit === undefined) return undefined
    const content = meant.file.unwrite(meant.sector)
    if (meant.file !== hit.file || meant.sector !== hit.sector) hit.file.overwrite(hit.sector, content)
    return `sector ${meant.sector} of ${meant.path} to sector ${hit.sector} of ${hit.path}`
  }

  /** Forgets everything, as a new disk has it. */
  wipe(): void {
    this.root = new SimulatedFolder()
    this.processCrash()
  }

  /** From now on all files together hold so many bytes at most; without a number there is no bound. */
  full(limit = Infinity): void {
    this.limit = limit
  }

  /** The next sync fails, and the system goes on as if what it was about were on the disk, though some of it is not. */
  failNextSync(): void {
    this.syncFails = true
  }

  /** A hash of all names and bytes, and of what is not synced. */
  digest(): number {
    let hash = fnvBasis
    this.visit((path, entry) => {
      hash = fnvText(hash, path)
      hash = entry instanceof SimulatedFile ? entry.digest(hash) : fnvNumber(hash, 0)
    })
    return hash
  }

  /** Visits all that can be reached from the root, as it is when its turn comes. */
  private visit(see: (path: string, entry: SimulatedFile | SimulatedFolder) => void): void {
    const open: Array<readonly [path: string, folder: SimulatedFolder]> = [["", this.root]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [path, folder] = next
      for (const [name, entry] of folder.list()) {
        const child = path === "" ? name : `${path}/${name}`
        see(child, entry)
        if (entry instanceof SimulatedFolder) open.push([child, entry])
      }
    }
  }

  private pickSector(random: Prng, of: (file: SimulatedFile) => ReadonlyArray<number>, path?: string) {
    const found: Array<readonly [path: string, file: SimulatedFile, sectors: ReadonlyArray<number>]> = []
    this.visit((each, file) => {
      if (!(file instanceof SimulatedFile) || (path !== undefined && path !== each)) return
      const sectors = of(file)
      if (sectors.length > 0) found.push([each, file, sectors])
    })
    if (found.length === 0) return undefined
    const [picked, file, sectors] = random.pick(found)
    return { path: picked, file, sector: random.pick(sectors) }
  }

  private folder(path: string): SimulatedFolder | undefined {
    let folder: SimulatedFolder = this.root
    if (path === "") return folder
    for (const name of path.split("/")) {
      const entry = folder.get(name)
      if (!(entry instanceof SimulatedFolder)) return undefined
      folder = entry
    }
    return folder
  }

  private find(path: string): SimulatedFile | undefined {
    const known = this.known.get(path)
    if (known !== undefined) return known
    const [folder, name] = split(path)
    const entry = this.folder(folder)?.get(name)
    if (!(entry instanceof SimulatedFile)) return undefined
    this.known.set(path, entry)
    return entry
  }

  private folderAt(operation: string, path: string): SimulatedFolder {
    const folder = this.folder(path)
    if (folder === undefined) throw failure("NotFound", operation, path, "there is no such folder, create it first")
    return folder
  }

  private fileAt(operation: string, path: string): SimulatedFile {
    const file = this.find(path)
    if (file === undefined) throw failure("NotFound", operation, path, "there is no such file")
    return file
  }

  private write(path: string, position: number, chunks: ReadonlyArray<Uint8Array>): void {
    let file = this.find(path)
    if (file === undefined) {
      const [folder, name] = split(path)
      const parent = this.folderAt("write", folder)
      if (parent.get(name) !== undefined) throw failure("Io", "write", path, "it is a folder")
      file = new SimulatedFile(this.sectors)
      parent.set(name, file)
    }
    let length = 0
    for (const chunk of chunks) length += chunk.length
    const growth = Math.max(0, position + length - file.size)
    const room = this.limit === Infinity ? growth : Math.max(0, this.limit - this.held)
    if (growth <= room) return file.write(position, chunks, length)
    const fits = Math.max(0, file.size + room - position)
    file.write(position, beginning(chunks, fits), fits)
    throw failure("Full", "write", path, `its bound of ${this.limit} bytes is reached`)
  }

  private makeDisk(): Disk {
    const guarded = <A>(run: () => Effect.Effect<A>): Effect.Effect<A, DiskError> =>
      Effect.suspend(() => {
        try {
          return run()
        } catch (error) {
          if (error instanceof DiskError) return Effect.fail(error)
          throw error
        }
      })
    const mustRun = (operation: string, path: string): void => {
      if (this.halted) throw failure("Io", operation, path, "the disk has halted, have it crash first")
    }
    const attempt = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, DiskError> =>
      guarded(() => {
        mustRun(operation, path)
        return Effect.succeed(run())
      })
    const persist = (operation: string, path: string, run: () => void): Effect.Effect<void, DiskError> =>
      guarded(() => {
        this.persistsLeft--
        mustRun(operation, path)
        this.counted++
        run()
        return Effect.void
      })
    const syncWorks = (operation: string, path: string): boolean => {
      if (!this.syncFails) return true
      this.syncFails = false
      const file = this.find(path)
      if (operation === "sync" && file !== undefined) file.failSync(this.random.pick(this.powerCuts), this.random)
      throw failure("Io", operation, path, "the simulation has it fail")
    }

    return {
      read: (path, position, length) => attempt("read", path, () => this.fileAt("read", path).read(position, length)),
      write: (path, position, chunks) => persist("write", path, () => this.write(path, position, chunks)),
      sync: (path) =>
        persist("sync", path, () => {
          const file = this.fileAt("sync", path)
          if (syncWorks("sync", path)) file.sync()
        }),
      syncFolder: (path) =>
        persist("syncFolder", path, () => {
          const folder = this.folderAt("syncFolder", path)
          if (syncWorks("syncFolder", path)) folder.sync()
        }),
      truncate: (path, length) =>
        persist("truncate", path, () => {
          const file = this.fileAt("truncate", path)
          if (this.held + length - file.size > this.limit) {
            throw failure("Full", "truncate", path, `its bound of ${this.limit} bytes is reached`)
          }
          file.truncate(length)
        }),
      rename: (from, to) =>
        persist("rename", from, () => {
          const file = this.fileAt("rename", from)
          const [oldFolder, oldName] = split(from)
          const [newFolder, newName] = split(to)
          const target = this.folderAt("rename", newFolder)
          this.known.clear()
          if (from === to) return
          target.set(newName, file, oldFolder === newFolder ? oldName : undefined)
          if (oldFolder !== newFolder) this.folder(oldFolder)?.set(oldName, undefined)
        }),
      remove: (path) =>
        persist("remove", path, () => {
          const [folder, name] = split(path)
          const parent = this.folder(folder)
          if (parent?.get(name) !== undefined) parent.set(name, undefined)
          this.known.clear()
        }),
      makeFolder: (path) =>
        persist("makeFolder", path, () => {
          let folder: SimulatedFolder = this.root
          for (const name of path === "" ? [] : path.split("/")) {
            const found = folder.get(name)
            if (found instanceof SimulatedFile) throw failure("Io", "makeFolder", path, `"${name}" is a file`)
            const next = found ?? new SimulatedFolder()
            if (found === undefined) folder.set(name, next)
            folder = next
          }
        }),
      list: (path) =>
        attempt("list", path, () =>
          this.folderAt("list", path)
            .list()
            .map(([name, entry]): DiskEntry => {
              const isFolder = entry instanceof SimulatedFolder
              return { name, isFolder, size: isFolder ? 0 : entry.size }
            })
        ),
      lock: Effect.acquireRelease(
        attempt("lock", "", () => {
          if (this.holder !== undefined) throw failure("Locked", "lock", "", "it is held, close its holder first")
          const holder = {}
          this.holder = holder
          return holder
        }),
        (holder) =>
          Effect.sync(() => {
            if (this.holder === holder) this.holder = undefined
          })
      ).pipe(Effect.asVoid)
    }
  }
}

/** The first bytes of some chunks. */
const beginning = (chunks: ReadonlyArray<Uint8Array>, length: number): ReadonlyArray<Uint8Array> => {
  let left = length
  return chunks.map((chunk) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    return part
  })
}

/** Makes an empty simulated disk. */
export const makeSimulatedDisk = (options: SimulatedDiskOptions): SimulatedDisk => new SimulatedDisk(options)
