import type { FetchStoreOptions } from "../../adapters/dynamodb/fetch/index.ts"
import type { PayloadCodec, ReplicatedRange } from "../../core/journal/index.ts"

/**
 * Which journals to read: those of `topic`, from the table of DynamoDB that a replicator copies them to.
 *
 * **Details**
 *
 * `table`, `region`, `credentials`, `endpoint`, `fetch`, `requestTimeoutMs` and `patienceMs` are those of
 * {@link FetchStoreOptions}; the user or role needs `dynamodb:GetItem` and `dynamodb:Query` on the table, and nothing else.
 * `payload` is how payloads are carried: plain JSON by default. `deadlineMs` (10 000) is how long an answer may take
 * altogether; each page of events behind it has `patienceMs`.
 */
export interface ReplicatedJournalsOptions<A> extends FetchStoreOptions {
  readonly topic: string
  readonly payload?: PayloadCodec<A>
  readonly deadlineMs?: number
}

/**
 * What to read of a journal, and how long anybody waits for it: `signal` gives the read up, also that of events which are
 * still to come. See {@link ReplicatedRange}.
 */
export interface ReplicatedReadOptions extends ReplicatedRange {
  readonly signal?: AbortSignal | undefined
}
