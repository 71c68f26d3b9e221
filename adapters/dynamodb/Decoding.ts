import * as Effect from "effect/Effect"
import { corruptError } from "../../core/store/index.ts"
import type { RequestFailure } from "./DynamoDbError.ts"

/** The failure of an item that cannot be decoded; `what` names it, as the beginning of a sentence. */
export const corrupt = (operation: string, what: string, cause: unknown): RequestFailure => ({
  kind: "Refused",
  error: corruptError(operation, what, "item", cause)
})

/** Decodes with `decode`; what it throws makes the item corrupt. */
export const decoding = <A>(operation: string, what: string, decode: () => A): Effect.Effect<A, RequestFailure> =>
  Effect.try({ try: decode, catch: (cause) => corrupt(operation, what, cause) })
