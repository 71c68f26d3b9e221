import * as Effect from "effect/Effect"
import type { RequestFailure } from "./CassandraError.ts"
import { optionalTime } from "./Columns.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"

const query = "SELECT toTimestamp(now()) AS now FROM system.local"

/** What time it is for the node that answers, in milliseconds since the epoch. */
export const readClock = ({ requests }: Context, operation: string): Effect.Effect<number, RequestFailure> =>
  Effect.flatMap(requests.rows(operation, { query, params: [] }), ([row]) =>
    decoding(operation, "The time of a node", () => {
      const now = row === undefined ? undefined : optionalTime(row, "now")
      if (now === undefined) throw new TypeError("it is empty")
      return now
    })
  )
