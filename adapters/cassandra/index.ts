export * from "./CassandraStore.ts"
export type { CassandraTls } from "./CassandraClient.ts"
