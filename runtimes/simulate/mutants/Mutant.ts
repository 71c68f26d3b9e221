/** The systems that have a scenario, and so a catalogue of planted bugs. */
export type MutantSystem = "chain" | "journal" | "log" | "groups" | "lambda"

/** One change of a source: the text `find`, which stands in `file` exactly once, becomes `replace`. */
export interface Patch {
  /** The path in the package, such as `core/chain/Commit.ts`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/**
 * A planted bug: a machine of this package with a small part of its source changed, which a simulation has to find.
 *
 * **Details**
 *
 * `name` is unique in its system and is what the command line takes; `why` is one sentence on what is wrong, and on who
 * once had it so.
 */
export interface Mutant {
  readonly name: string
  readonly system: MutantSystem
  readonly why: string
  readonly patches: ReadonlyArray<Patch>
}
