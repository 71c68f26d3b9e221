import type { Mutant, MutantSystem, Patch } from "./Mutant.ts"

/** One change of a file: the text that stands in it once, and what takes its place; a third text names another file. */
export type Change = readonly [find: string, replace: string, file?: string]

const patchOf =
  (ofMutant: string) =>
  ([find, replace, file = ofMutant]: Change): Patch => ({ file, find, replace })

/** How the bugs are written down that are planted in one file, and at times in another one with it. */
export const planted =
  (system: MutantSystem, file: string) =>
  (name: string, why: string, ...changes: ReadonlyArray<Change>): Mutant => ({
    name,
    system,
    why,
    patches: changes.map(patchOf(file))
  })
