import * as Effect from "effect/Effect"
import { readBatchHeader } from "../../log/index.ts"
import { type Disk, DiskError } from "../../ports/index.ts"
import { makeSimulatedDisk } from "../../simulation/index.ts"
import type { PowerCut, Prng, Simulation, SimulatedDisk } from "../../simulation/index.ts"
import { performSteps } from "../../storage/index.ts"
import type { FileStep } from "../../storage/index.ts"

/** How a life of the log ends: with its process, or with the whole machine. */
export type End = "process" | PowerCut

const ends: ReadonlyArray<End> = ["process", "Lost", "Prefix", "Reordered"]

/** One indivisible change of a disk; a failure is returned. */
type Part = () => DiskError | undefined

const attempt = (effect: Effect.Effect<void, DiskError>): DiskError | undefined =>
  Effect.runSync(Effect.match(effect, { onFailure: (error) => error, onSuccess: () => undefined }))

const broken = (operation: string, path: string): DiskError =>
  new DiskError({ reason: "Io", operation, path, message: `${operation} of "${path}": the simulation has it fail.` })

/** The first bytes of some chunks. */
const beginning = (chunks: ReadonlyArray<Uint8Array>, length: number): ReadonlyArray<Uint8Array> => {
  let left = length
  return chunks.map((chunk) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    return part
  })
}

/** A disk that does one step of a plan after the other, in parts, fails at times, and forgets what was not synced. */
export class LogDisk {
  readonly whole: SimulatedDisk
  private readonly simulation: Simulation
  private readonly failing: number
  private readonly torn: Prng
  private readonly order: Prng
  private readonly survival: Prng
  /** For each log file, the offset after its last batch that was written as a whole. */
  private readonly written = new Map<string, number>()
  /** The offset below which all is synced, as far as the plans so far show. */
  synced = 0

  constructor(simulation: Simulation) {
    this.simulation = simulation
    this.failing = simulation.knob("faults") === 1 ? simulation.knob("failing") : 0
    this.torn = simulation.random("torn writes")
    this.order = simulation.random("order of syncs")
    this.survival = simulation.random("survival")
    this.whole = makeSimulatedDisk({
      random: simulation.random("disk"),
      faults: { sectorBytes: simulation.knob("sectorBytes") }
    })
  }

  /** All parts of a plan, in an order in which they may happen. */
  partsOf(steps: ReadonlyArray<FileStep>): Array<Part> {
    return steps.flatMap((step) => {
      if (step._tag === "Write") return this.write(step)
      if (step._tag === "Sync") return this.sync(step.paths)
      return [() => (this.fails(step._tag) ? broken(step._tag, step.path) : this.perform(step))]
    })
  }

  /** The disk as recovery has it when the sync fails that comes after so many others. */
  failingSync(after: number): Disk {
    const { disk } = this.whole
    let left = after
    const sync = (path: string): Effect.Effect<void, DiskError> =>
      Effect.suspend(() => {
        if (left-- === 0) this.whole.failNextSync()
        return disk.sync(path)
      })
    return { ...disk, sync }
  }

  read(path: string, position: number, length: number): Uint8Array | DiskError {
    if (this.fails("read")) return broken("read", path)
    const read = this.whole.disk.read(path, position, length)
    return Effect.runSync(Effect.match(read, { onFailure: (error) => error, onSuccess: (bytes) => bytes }))
  }

  /** All of a file, without any failure. */
  file(path: string): Uint8Array {
    return Effect.runSync(this.whole.disk.read(path, 0, 2 ** 30))
  }

  /** A process ends, or the whole machine, which takes what was not synced; gives whether it was the machine. */
  crash(end: End = this.survival.pick(ends)): boolean {
    const machine = end !== "process"
    this.simulation.mark(machine ? "a machine ended" : "a process ended")
    if (machine) this.whole.crash(end)
    else this.whole.processCrash()
    this.written.clear()
    this.synced = 0
    return machine
  }

  private perform(step: FileStep): DiskError | undefined {
    return attempt(performSteps(this.whole.disk, [step]))
  }

  private fails(what: string): boolean {
    return this.failing > 0 && this.simulation.chance(`${what} failed`, this.failing)
  }

  /** A write can end in its middle. */
  private write(step: FileStep & { readonly _tag: "Write" }): ReadonlyArray<Part> {
    const size = step.chunks.reduce((sum, { length }) => sum + length, 0)
    const first = beginning(step.chunks, this.torn.below(size + 1))
    return [
      () => this.perform({ ...step, chunks: first }),
      () => {
        if (this.fails("write")) return broken("write", step.path)
        const failure = this.perform(step)
        const last = step.chunks[step.chunks.length - 1]
        if (failure === undefined && last !== undefined && step.path.endsWith(".log")) {
          const batch = readBatchHeader(last)
          if (batch._tag === "Success") this.written.set(step.path, batch.success.lastOffset + 1)
        }
        return failure
      }
    ]
  }

  /**
   * The files of one step are synced at the same time: in any order. A sync that fails may have been done; else the system
   * takes from then on for synced what it has not written.
   */
  private sync(paths: ReadonlyArray<string>): ReadonlyArray<Part> {
    const left = [...paths]
    return paths.map(() => {
      const path = left.splice(this.order.below(left.length), 1)[0] ?? ""
      return () => {
        const fails = this.fails("sync")
        if (fails && this.order.chance(50)) this.whole.failNextSync()
        const failure = this.perform({ _tag: "Sync", paths: [path] })
        if (failure === undefined) this.synced = Math.max(this.synced, this.written.get(path) ?? 0)
        return fails ? broken("sync", path) : failure
      }
    })
  }
}
