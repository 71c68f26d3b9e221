export * from "./JournalReplicator.ts"
export type { MskSource, ReplicationSource, SelfManagedSource } from "./Sources.ts"
export type { CassandraTarget, DynamoDbTarget, PostgresTarget, ReplicationTarget } from "./Stores.ts"
