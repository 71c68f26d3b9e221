import { fnvNumber } from "./Fnv.ts"
import type { Prng } from "./Prng.ts"

/**
 * What a power cut leaves of the changes that were not synced.
 *
 * - `Lost`: none of them
 * - `Prefix`: the first ones, and of the next one its first sectors
 * - `Reordered`: of each sector, on its own, the first of the changes made to it; the size of any time since
 */
export type PowerCut = "Lost" | "Prefix" | "Reordered"

/** How bytes reach the disk: in sectors of this size, in a hundred cases so many of which are torn where they may be. */
export interface Sectors {
  readonly bytes: number
  readonly tornPercent: number
}

/** One change of a file: `length` bytes from `position` on are new, `old` is what was there, as far as the file went. */
interface Change {
  readonly position: number
  readonly length: number
  readonly old: Uint8Array
  readonly oldSize: number
  readonly size: number
}

const nothing = new Uint8Array(0)

/** The end of all bytes that a change is about. */
const endOf = ({ length, old, position }: Change): number => position + Math.max(length, old.length)

/**
 * The bytes of one file as its writers see them, and what of them is on the disk.
 *
 * **Details**
 *
 * What is not synced is kept as a list of changes that can be undone, so that appending and syncing copies nothing.
 */
export class SimulatedFile {
  private readonly sectors: Sectors
  private bytes = nothing
  private length = 0
  /** Since the last sync, in order. */
  private changes: Array<Change> = []
  /** What the last sync has brought to the disk, in order. */
  private lastSynced: Array<Change> = []
  /** Sectors that the system believes to be on the disk since a sync has failed, with what is there instead. */
  private readonly forgotten = new Map<number, Uint8Array>()
  private forgottenSize: number | undefined

  constructor(sectors: Sectors) {
    this.sectors = sectors
  }

  get size(): number {
    return this.length
  }

  /** A copy of up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Uint8Array {
    return this.bytes.slice(Math.min(position, this.length), Math.min(position + length, this.length))
  }

  /** Writes the chunks one after the other from `position`; `length` is that of all together. */
  write(position: number, chunks: ReadonlyArray<Uint8Array>, length: number): void {
    const end = position + length
    if (length === 0) return
    const start = Math.min(position, this.length)
    this.recall(start, end)
    this.change(start, end - start, Math.max(end, this.length))
    let at = position
    for (const chunk of chunks) {
      this.bytes.set(chunk, at)
      at += chunk.length
    }
  }

  /** Cuts or extends (with zeros) to `length` bytes. */
  truncate(length: number): void {
    const start = Math.min(length, this.length)
    const end = Math.max(length, this.length)
    if (start === end) return
    this.recall(start, end)
    this.change(start, length - start, length)
    this.bytes.fill(0, start, end)
  }

  sync(): void {
    if (this.changes.length === 0) return
    const synced = this.changes
    this.changes = this.lastSynced
    this.changes.length = 0
    this.lastSynced = synced
    this.forgottenSize = undefined
    for (const sector of this.forgotten.keys()) {
      if (sector * this.sectors.bytes >= this.length) this.forgotten.delete(sector)
    }
  }

  /** The power is cut: what is left is on the disk. */
  crash(kind: PowerCut, random: Prng): void {
    const { changes } = this
    const made = changes.map(() => nothing)
    for (let i = changes.length - 1; i >= 0; i--) {
      const { position, length } = changes[i]!
      made[i] = this.bytes.slice(position, position + length)
      this.undo(changes[i]!)
    }
    if (this.forgottenSize !== undefined) this.resize(this.forgottenSize)
    for (const [sector, content] of this.forgotten) this.put(sector * this.sectors.bytes, content)
    if (changes.length > 0 && kind === "Prefix") this.keepPrefix(made, random)
    if (changes.length > 0 && kind === "Reordered") this.keepSectors(made, random)
    this.changes.length = 0
    this.lastSynced.length = 0
    this.forgotten.clear()
    this.forgottenSize = undefined
  }

  /**
   * A sync fails: some of what was to be synced is on the disk, and the system goes on as if all of it was.
   *
   * **Details**
   *
   * A later sync succeeds and writes none of it, but for the sectors that are written to again before.
   */
  failSync(kind: PowerCut, random: Prng): void {
    const seen = this.bytes.slice(0, this.length)
    this.crash(kind, random)
    const left = this.length
    const { bytes: sectorBytes } = this.sectors
    const durable = this.bytes.slice(0, left)
    const longest = Math.max(seen.length, left)
    for (let at = 0; at < longest; at += sectorBytes) {
      const content = new Uint8Array(Math.min(sectorBytes, longest - at))
      content.set(durable.subarray(at, at + content.length))
      if (content.some((byte, i) => byte !== seen[at + i])) this.forgotten.set(at / sectorBytes, content)
    }
    this.resize(seen.length)
    this.put(0, seen)
    if (left !== seen.length) this.forgottenSize = left
  }

  /** Changes one bit of a sector that is synced, and says in which byte. */
  rot(sector: number, random: Prng): number {
    const from = sector * this.sectors.bytes
    const at = from + random.below(Math.min(this.sectors.bytes, this.durableSize - from))
    this.bytes[at]! ^= 1 << random.below(8)
    return at
  }

  /** The sectors that are as they are on the disk. */
  syncedSectors(): ReadonlyArray<number> {
    const count = Math.ceil(this.durableSize / this.sectors.bytes)
    return Array.from({ length: count }, (_, sector) => sector).filter((sector) => this.isSynced(sector))
  }

  /** Those of them that the last sync has brought there. */
  writtenSectors(): ReadonlyArray<number> {
    return this.syncedSectors().filter((sector) => this.lastSynced.some((change) => this.touches(change, sector)))
  }

  /** Puts back what the sector had before the last sync, and gives what it has lost by that. */
  unwrite(sector: number): Uint8Array {
    const from = sector * this.sectors.bytes
    const content = this.read(from, this.sectors.bytes)
    const before = content.slice()
    for (let i = this.lastSynced.length - 1; i >= 0; i--) {
      const { length, old, position } = this.lastSynced[i]!
      overlay(before, from, position, new Uint8Array(length))
      overlay(before, from, position, old)
    }
    this.put(from, before)
    return content
  }

  /** Overwrites a sector with bytes that were meant for another place. */
  overwrite(sector: number, content: Uint8Array): void {
    const from = sector * this.sectors.bytes
    this.put(from, content.subarray(0, Math.min(content.length, this.durableSize - from)))
  }

  /** Mixes what is in the file, and what of it is on the disk, into a hash. */
  digest(hash: number): number {
    let mixed = mixBytes(fnvNumber(hash, this.length), this.bytes.subarray(0, this.length))
    for (const { old, position, length } of this.changes) {
      mixed = mixBytes(fnvNumber(fnvNumber(mixed, position), length), old)
    }
    for (const [sector, content] of this.forgotten) mixed = mixBytes(fnvNumber(mixed, sector), content)
    return fnvNumber(mixed, this.forgottenSize ?? -1)
  }

  private get durableSize(): number {
    let size = this.length
    for (const { oldSize } of this.changes) size = Math.min(size, oldSize)
    return Math.min(size, this.forgottenSize ?? size)
  }

  private isSynced(sector: number): boolean {
    return !this.forgotten.has(sector) && !this.changes.some((change) => this.touches(change, sector))
  }

  private touches(change: Change, sector: number): boolean {
    const from = sector * this.sectors.bytes
    return change.position < from + this.sectors.bytes && endOf(change) > from
  }

  private change(position: number, length: number, size: number): void {
    const end = Math.max(position + length, this.length > size ? this.length : 0)
    const old = position < this.length ? this.bytes.slice(position, Math.min(end, this.length)) : nothing
    this.changes.push({ position, length, old, oldSize: this.length, size })
    if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.bytes.length, 4096))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.length = size
  }

  private undo({ length, old, oldSize, position }: Change): void {
    this.resize(oldSize)
    this.bytes.fill(0, position, Math.min(position + length, this.bytes.length))
    this.bytes.set(old, position)
  }

  /** Sectors which are touched again are written as a whole, also with what a failed sync has let go of. */
  private recall(start: number, end: number): void {
    if (this.forgotten.size === 0) return
    const { bytes: sectorBytes } = this.sectors
    for (let sector = Math.floor(start / sectorBytes); sector * sectorBytes < end; sector++) {
      const durable = this.forgotten.get(sector)
      if (durable === undefined) continue
      const seen = this.read(sector * sectorBytes, durable.length)
      this.put(sector * sectorBytes, durable)
      this.forgotten.delete(sector)
      this.change(sector * sectorBytes, seen.length, this.length)
      this.put(sector * sectorBytes, seen)
    }
  }

  private keepPrefix(made: ReadonlyArray<Uint8Array>, random: Prng): void {
    const whole = random.below(made.length + 1)
    for (let i = 0; i < whole; i++) this.redo(this.changes[i]!, made[i]!)
    const next = this.changes[whole]
    if (next === undefined || next.length === 0) return
    let part = random.below(next.length + 1)
    if (!random.chance(this.sectors.tornPercent)) {
      part = Math.max(0, part - ((next.position + part) % this.sectors.bytes))
    }
    if (part === 0) return
    this.resize(Math.max(this.length, next.position + part))
    this.put(next.position, made[whole]!.subarray(0, part))
  }

  private redo({ position, size }: Change, made: Uint8Array): void {
    this.resize(size)
    this.put(position, made)
  }

  private keepSectors(made: ReadonlyArray<Uint8Array>, random: Prng): void {
    const { bytes: sectorBytes, tornPercent } = this.sectors
    const bySector = new Map<number, Array<number>>()
    for (const [i, change] of this.changes.entries()) {
      const end = endOf(change)
      for (let sector = Math.floor(change.position / sectorBytes); sector * sectorBytes < end; sector++) {
        const found = bySector.get(sector)
        if (found === undefined) bySector.set(sector, [i])
        else found.push(i)
      }
    }
    const sizes = [this.length, ...this.changes.map(({ size }) => size)]
    this.resize(Math.max(...sizes))
    for (const [sector, touching] of bySector) {
      const kept = random.below(touching.length + 1)
      const from = sector * sectorBytes
      for (let k = 0; k < kept; k++) this.keepPiece(touching[k]!, made, from, from + sectorBytes)
      if (kept < touching.length && random.chance(tornPercent)) {
        this.keepPiece(touching[kept]!, made, from, from + random.below(sectorBytes))
      }
    }
    this.resize(random.chance(50) ? sizes[sizes.length - 1]! : random.pick(sizes))
  }

  /** Does what a change has made of the bytes from `from` to `to`, and of no others. */
  private keepPiece(i: number, made: ReadonlyArray<Uint8Array>, from: number, to: number): void {
    const change = this.changes[i]!
    const start = Math.max(from, change.position)
    const end = Math.min(to, this.length)
    const fresh = made[i]!.subarray(start - change.position, Math.max(0, end - change.position))
    if (start < Math.min(end, endOf(change))) this.bytes.fill(0, start, Math.min(end, endOf(change)))
    if (start < end) this.put(start, fresh)
  }

  /** Makes the file so long; what is beyond is zeros. */
  private resize(size: number): void {
    if (size < this.length) this.bytes.fill(0, size, this.length)
    this.length = size
  }

  private put(position: number, content: Uint8Array): void {
    if (position < this.length) this.bytes.set(content.subarray(0, this.length - position), position)
  }
}

/** Copies what lies over `target`, which begins at `from`. */
const overlay = (target: Uint8Array, from: number, position: number, content: Uint8Array): void => {
  const start = Math.max(from, position)
  const end = Math.min(from + target.length, position + content.length)
  if (start < end) target.set(content.subarray(start - position, end - position), start - from)
}

const mixBytes = (hash: number, bytes: Uint8Array): number => {
  let mixed = fnvNumber(hash, bytes.length)
  for (const byte of bytes) mixed = fnvNumber(mixed, byte)
  return mixed
}
