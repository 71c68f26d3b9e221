import * as Effect from "effect/Effect"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import type { MemoryDisk, Survival } from "../../../adapters/memory/index.ts"
import { readBatchHeader } from "../../../core/log/index.ts"
import { DiskError } from "../../../core/ports/index.ts"
import type { Simulation } from "../driver/index.ts"
import { performSteps } from "../../../core/storage/index.ts"
import type { FileStep } from "../../../core/storage/index.ts"

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
export class SimulatedDisk {
  private readonly simulation: Simulation
  private readonly failing: number
  private disk: MemoryDisk = makeMemoryDisk({ crashable: true })
  /** For each log file, the offset after its last batch that was written as a whole. */
  private readonly written = new Map<string, number>()
  /** The offset below which all is synced, as far as the plans so far show. */
  synced = 0

  constructor(simulation: Simulation) {
    this.simulation = simulation
    this.failing = simulation.random("setup").pick([0, 0.3, 2])
  }

  get now(): MemoryDisk {
    return this.disk
  }

  /** All parts of a plan, in an order in which they may happen. */
  partsOf(steps: ReadonlyArray<FileStep>): Array<Part> {
    return steps.flatMap((step) => {
      if (step._tag === "Write") return this.write(step)
      if (step._tag === "Sync") return this.sync(step.paths)
      return [() => (this.fails(step._tag) ? broken(step._tag, step.path) : this.perform(step))]
    })
  }

  read(path: string, position: number, length: number): Uint8Array | DiskError {
    if (this.fails("read")) return broken("read", path)
    const read = this.disk.read(path, position, length)
    return Effect.runSync(Effect.match(read, { onFailure: (error) => error, onSuccess: (bytes) => bytes }))
  }

  /** The whole of a file, without any failure. */
  whole(path: string): Uint8Array {
    return Effect.runSync(this.disk.read(path, 0, 2 ** 30))
  }

  /** A process ends, or the whole machine, which takes what was not synced; gives whether it was the machine. */
  crash(): boolean {
    const random = this.simulation.random("survival")
    const survival = random.pick<Survival>([
      killed,
      powerCut,
      {
        bytes: (_path, unsynced) => random.pick([0, unsynced, random.below(unsynced + 1)]),
        entries: random.pick(["last", "synced"] as const)
      }
    ])
    return this.lose(survival)
  }

  lose(survival: Survival): boolean {
    const machine = survival !== killed
    this.simulation.mark(machine ? "a machine ended" : "a process ended")
    this.disk = this.disk.crashed(survival)
    this.written.clear()
    this.synced = 0
    return machine
  }

  private perform(step: FileStep): DiskError | undefined {
    return attempt(performSteps(this.disk, [step]))
  }

  private fails(what: string): boolean {
    return this.simulation.fault(`${what} failed`, this.failing)
  }

  /** A write can end in its middle. */
  private write(step: FileStep & { readonly _tag: "Write" }): ReadonlyArray<Part> {
    const size = step.chunks.reduce((sum, { length }) => sum + length, 0)
    const first = beginning(step.chunks, this.simulation.random("torn").below(size + 1))
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

  /** The files of one step are synced at the same time: in any order. A sync that fails may have been done. */
  private sync(paths: ReadonlyArray<string>): ReadonlyArray<Part> {
    const random = this.simulation.random("sync")
    const left = [...paths]
    return paths.map(() => {
      const path = left.splice(random.below(left.length), 1)[0] ?? ""
      return () => {
        const fails = this.fails("sync")
        if (fails && random.chance(50)) return broken("sync", path)
        const failure = this.perform({ _tag: "Sync", paths: [path] })
        if (failure === undefined) this.synced = Math.max(this.synced, this.written.get(path) ?? 0)
        return fails ? broken("sync", path) : failure
      }
    })
  }
}
