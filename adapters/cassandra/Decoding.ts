import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { RequestFailure } from "./CassandraError.ts"

const corrupt = (operation: string, what: string, cause: unknown): RequestFailure => {
  const problem = cause instanceof Error ? cause.message : String(cause)
  const message = `${what} cannot be decoded (${problem}): restore the row, or remove it and replicate it again.`
  return { kind: "Refused", error: new JournalStoreError({ reason: "Corrupt", operation, message, cause }) }
}

/** Decodes with `decode`; what it throws makes the row corrupt. `what` names it, as the beginning of a sentence. */
export const decoding = <A>(operation: string, what: string, decode: () => A): Effect.Effect<A, RequestFailure> =>
  Effect.try({ try: decode, catch: (cause) => corrupt(operation, what, cause) })
