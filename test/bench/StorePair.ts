import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { JournalKey, JournalStore } from "../../core/ports/index.ts"

/** Writes the rows that it was made from once more, as rows of another topic. */
export type RowWriter = (topic: string) => Promise<void>

/** A journal's store on a server, and the server's driver with nothing around it, beside each other. */
export interface StorePair {
  readonly store: JournalStore
  /** Where another process finds the store, and what its environment needs for that. */
  readonly address: string
  readonly environment: Readonly<Record<string, string>>
  /**
   * Reads all rows of a topic (events, heads, pointer), and answers with what writes them as a careful person would, each
   * row once. What it writes does not count for the store.
   */
  readonly rowsOf: (topic: string) => Promise<RowWriter>
  /** Reads the rows of a journal's events as a careful person would, parses the payloads, and answers with their number. */
  readonly query: (key: JournalKey) => Promise<number>
}

/** How to open a pair on a server, in a place of its own that is gone with the scope. */
export interface PairKind {
  readonly name: string
  readonly open: (place: string) => Effect<StorePair, unknown, Scope>
  /** How much is written to it in one run, as a part of what is written to the others. */
  readonly part: number
}
