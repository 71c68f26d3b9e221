import { PartitionCache, Recovery, Replication, StoreTrust } from "../../journal/index.ts"

/** The machines under test: those of this package, or copies of them with a bug planted. */
export interface JournalSubjects {
  readonly recovery: typeof Recovery.recovery
  readonly replication: typeof Replication.replication
  readonly cache: typeof PartitionCache.partitionCache
  readonly trust: typeof StoreTrust.storeTrust
}

/** The machines of this package. */
export const journalSubjects: JournalSubjects = {
  recovery: Recovery.recovery,
  replication: Replication.replication,
  cache: PartitionCache.partitionCache,
  trust: StoreTrust.storeTrust
}
