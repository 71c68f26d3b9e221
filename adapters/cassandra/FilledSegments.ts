import * as Effect from "effect/Effect"
import { shownText } from "../../core/bytes/index.ts"
import type { JournalKey } from "../../core/ports/index.ts"
import type { RequestFailure } from "./CassandraError.ts"
import { integer } from "./Columns.ts"
import type { Context } from "./Context.ts"
import { decoding } from "./Decoding.ts"

/** How many segments one request looks at. */
export const lookedAtOnce = 100

/** Which of up to {@link lookedAtOnce} segments of a journal, from `first` on, have rows; in ascending order. */
export const filledSegments = (
  { requests, statements }: Context,
  operation: string,
  { id, topic }: JournalKey,
  first: number,
  length: number
): Effect.Effect<ReadonlyArray<number>, RequestFailure> => {
  const segments = Array.from({ length }, (_, at) => BigInt(first + at))
  const rows = requests.rows(operation, { query: statements.selectFilled, params: [id, topic, segments] })
  return Effect.flatMap(rows, (found) =>
    decoding(operation, `A segment of journal ${shownText(id)} of topic ${topic}`, () =>
      found.map((row) => integer(row, "segment")).sort((one, other) => one - other)
    )
  )
}
