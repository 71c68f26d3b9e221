import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"

/** The failure of an item that cannot be decoded; `what` names it, as the beginning of a sentence. */
export const corrupt = (operation: string, what: string, cause: unknown): RequestFailure => {
  const problem = cause instanceof Error ? cause.message : String(cause)
  const message = `${what} cannot be decoded (${problem}): restore the item, or remove it and replicate it again.`
  return { kind: "Refused", error: new JournalStoreError({ reason: "Corrupt", operation, message, cause }) }
}

/** Decodes with `decode`; what it throws makes the item corrupt. */
export const decoding = <A>(operation: string, what: string, decode: () => A): Effect.Effect<A, RequestFailure> =>
  Effect.try({ try: decode, catch: (cause) => corrupt(operation, what, cause) })
