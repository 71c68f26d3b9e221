import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { JournalKey, JournalStore } from "../../core/ports/index.ts"

/** Writes the rows that it was made from once more, as rows of another topic. */
export type RowWriter = (topic: string) => Promise<void>

/**
 * Two ways to write the same rows: `together` as many in one request as the store takes, and `byRow` each with a request of
 * its own, as many on their way at once, where that is what people write and another way.
 */
export interface RowWriters {
  readonly together: RowWriter
  readonly byRow?: RowWriter
}

/** A journal's store on a server, and the server's driver with nothing around it, beside each other. */
export interface StorePair {
  readonly store: JournalStore
  /** Where another process finds the store, and what its environment needs for that. */
  readonly address: string
  readonly environment: Readonly<Record<string, string>>
  /**
   * Reads all rows of a topic, and answers with what writes them as a careful person would: in the batches that end at
   * these offsets, of each the events, then the heads of their journals, then the pointer. What it writes is never read.
   */
  readonly rowsOf: (topic: string, ends: ReadonlyArray<number>) => Promise<RowWriters>
  /** Reads the rows of a journal's events as a careful person would, parses the payloads, and answers with their number. */
  readonly query: (key: JournalKey) => Promise<number>
}

/** The rows of one batch: its events, and the head of each of their journals. */
export interface RowBatch<Row> {
  readonly events: ReadonlyArray<Row>
  readonly heads: ReadonlyArray<Row>
}

/** What has to be known of rows to tell their batches. */
export interface RowKeys<Row> {
  readonly id: (row: Row) => unknown
  readonly offset: (event: Row) => number
}

/** Tells the rows of each batch, which are those of the events below its end, in the order of the log. */
export const batchesOfRows = <Row>(
  events: ReadonlyArray<Row>,
  heads: ReadonlyArray<Row>,
  ends: ReadonlyArray<number>,
  { id, offset }: RowKeys<Row>
): ReadonlyArray<RowBatch<Row>> => {
  const inOrder = events.toSorted((one, other) => offset(one) - offset(other))
  return ends.map((end, at) => {
    const from = ends[at - 1] ?? 0
    const those = inOrder.filter((event) => offset(event) >= from && offset(event) < end)
    const ids = new Set(those.map(id))
    return { events: those, heads: heads.filter((head) => ids.has(id(head))) }
  })
}

/** How to open a pair on a server, in a place of its own that is gone with the scope. */
export interface PairKind {
  readonly name: string
  readonly open: (place: string) => Effect<StorePair, unknown, Scope>
  /** How much is written to it in one run, as a part of what is written to the others. */
  readonly part: number
}
