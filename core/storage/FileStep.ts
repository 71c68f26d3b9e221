import * as Effect from "effect/Effect"
import type { Disk, DiskError } from "../ports/index.ts"

/**
 * One change of the disk. A plan is a list of them, carried out in order up to the first that fails; the files of one
 * `Sync` are synced at the same time.
 *
 * **When to use**
 *
 * A state machine that needs several changes in an order that survives a crash decides on the list; whoever carries it
 * out decides nothing, and a simulator can stop between any two.
 */
export type FileStep =
  | {
      readonly _tag: "Write"
      readonly path: string
      readonly position: number
      readonly chunks: ReadonlyArray<Uint8Array>
    }
  | { readonly _tag: "Sync"; readonly paths: ReadonlyArray<string> }
  | { readonly _tag: "SyncFolder"; readonly path: string }
  | { readonly _tag: "MakeFolder"; readonly path: string }
  | { readonly _tag: "Truncate"; readonly path: string; readonly length: number }
  | { readonly _tag: "Rename"; readonly path: string; readonly to: string }
  | { readonly _tag: "Remove"; readonly path: string }

const performStep = (disk: Disk, step: FileStep): Effect.Effect<void, DiskError> => {
  switch (step._tag) {
    case "Write":
      return disk.write(step.path, step.position, step.chunks)
    case "Sync":
      return step.paths.length === 1
        ? disk.sync(step.paths[0]!)
        : Effect.forEach(step.paths, disk.sync, { concurrency: "unbounded", discard: true })
    case "SyncFolder":
      return disk.syncFolder(step.path)
    case "MakeFolder":
      return disk.makeFolder(step.path)
    case "Truncate":
      return disk.truncate(step.path, step.length)
    case "Rename":
      return disk.rename(step.path, step.to)
    case "Remove":
      return disk.remove(step.path)
  }
}

/** Carries out the steps one after the other; the first that fails ends it. */
export const performSteps = (disk: Disk, steps: ReadonlyArray<FileStep>): Effect.Effect<void, DiskError> =>
  steps.length === 1
    ? performStep(disk, steps[0]!)
    : Effect.forEach(steps, (step) => performStep(disk, step), { discard: true })
