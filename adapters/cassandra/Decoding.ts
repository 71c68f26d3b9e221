import * as Effect from "effect/Effect"
import { corruptError } from "../../core/store/index.ts"
import type { RequestFailure } from "./CassandraError.ts"

/** Decodes with `decode`; what it throws makes the row corrupt. `what` names it, as the beginning of a sentence. */
export const decoding = <A>(operation: string, what: string, decode: () => A): Effect.Effect<A, RequestFailure> =>
  Effect.try({
    try: decode,
    catch: (cause) => ({ kind: "Refused", error: corruptError(operation, what, "row", cause) })
  })
