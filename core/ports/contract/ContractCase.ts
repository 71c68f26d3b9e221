import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"

/**
 * One claim of a port's contract, tied to no test framework: an adapter keeps it when `run` succeeds.
 *
 * **Details**
 *
 * `name` is the claim as a sentence. A broken claim fails with a `ContractViolation`; any other failure comes from the
 * adapter or from its factory. Run the cases on a clock that moves: some wait for a fraction of a second.
 *
 * **Example**
 *
 * ```ts
 * for (const { name, run } of journalStoreContract(makeMyStore)) {
 *   test(name, () => Effect.runPromise(Effect.scoped(run)))
 * }
 * ```
 */
export interface ContractCase {
  readonly name: string
  readonly run: Effect<void, unknown, Scope>
}
