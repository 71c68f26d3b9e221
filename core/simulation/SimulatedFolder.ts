import type { Prng } from "./Prng.ts"
import type { PowerCut, SimulatedFile } from "./SimulatedFile.ts"

/** What a name in a folder stands for. */
export type SimulatedEntry = SimulatedFile | SimulatedFolder

/** A name that stands for something else now, or for nothing; `from` is the name that it had, in the same atom. */
interface Change {
  readonly name: string
  readonly entry: SimulatedEntry | undefined
  readonly from: string | undefined
}

const apply = (entries: Map<string, SimulatedEntry>, { entry, from, name }: Change): void => {
  if (from !== undefined) entries.delete(from)
  if (entry === undefined) entries.delete(name)
  else entries.set(name, entry)
}

/** The names in one folder, and which of them are on the disk. */
export class SimulatedFolder {
  private entries = new Map<string, SimulatedEntry>()
  private durable = new Map<string, SimulatedEntry>()
  /** Since the last sync, in order. */
  private changes: Array<Change> = []

  get(name: string): SimulatedEntry | undefined {
    return this.entries.get(name)
  }

  /** All names and what they stand for, sorted. */
  list(): ReadonlyArray<readonly [name: string, entry: SimulatedEntry]> {
    return [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Lets the name stand for this, or for nothing; `from` no longer stands for it. */
  set(name: string, entry: SimulatedEntry | undefined, from?: string): void {
    const change = { name, entry, from }
    apply(this.entries, change)
    this.changes.push(change)
  }

  sync(): void {
    for (const change of this.changes) apply(this.durable, change)
    this.changes = []
  }

  /** The power is cut: of the names that were not synced some may have been changed, each change as a whole. */
  crash(kind: PowerCut, random: Prng): void {
    const { changes } = this
    const kept = changes.length > 0 && kind === "Prefix" ? random.below(changes.length + 1) : 0
    for (const [i, change] of changes.entries()) {
      if (kind === "Reordered" ? random.chance(50) : i < kept) apply(this.durable, change)
    }
    this.changes = []
    this.entries = new Map(this.durable)
  }
}
