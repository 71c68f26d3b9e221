import { lookBack } from "../trust/CheckBelonging.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import type { ReplicationConfig } from "./ReplicationState.ts"

/** How much of the log is read at once, in bytes. */
export const pageBytes = 1024 * 1024

/** How long a read of the log waits for more, in milliseconds. */
export const pollMs = 500

/** The most journals that are written together. */
const mostTogether = 16

/**
 * Where a partition is replicated to, and how. `requestsAtOnce` is how many journals are written at once (64), each with one
 * request to a store that has no transactions. `storeName` is how messages call the store.
 */
export interface PartitionStore extends Pick<JournalPorts, "store"> {
  readonly storeName?: string | undefined
  readonly requestsAtOnce?: number | undefined
}

/** How the replication of a partition is set up, but for where it is from; `lanes` is how many writes are under way at once. */
export interface PartitionSettings {
  readonly config: Omit<ReplicationConfig, "topic" | "partition">
  readonly lanes: number
}

/** The settings that every replication has to a store. */
export const partitionSettings = ({ requestsAtOnce = 64, store, storeName }: PartitionStore): PartitionSettings => {
  const journalsAtOnce = Math.min(mostTogether, Math.max(1, Math.ceil(requestsAtOnce / 4)))
  return {
    config: {
      atomic: store.atomic,
      journalsAtOnce,
      heads: 10_000,
      backoffMs: 100,
      maxBackoffMs: 30_000,
      // Less than it takes a group to give a partition to another member.
      fenceMs: 2000,
      lookBack,
      storeName
    },
    lanes: Math.max(1, Math.floor(requestsAtOnce / journalsAtOnce))
  }
}
