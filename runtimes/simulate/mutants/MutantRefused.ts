import * as Data from "effect/Data"

/**
 * A planted bug cannot be built.
 *
 * - `NotThere`: a patch's text does not stand in its file, which has changed since
 * - `Ambiguous`: a patch's text stands in its file more than once
 * - `Unused`: no module that was asked for imports a patched file
 * - `NoSource`: a source is missing in the package
 */
export class MutantRefused extends Data.TaggedError("MutantRefused")<{
  readonly reason: "NotThere" | "Ambiguous" | "Unused" | "NoSource"
  readonly mutant: string
  readonly file: string
  readonly message: string
}> {}
