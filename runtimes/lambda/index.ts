export type { LambdaContext } from "./LambdaContext.ts"
export * from "./ReplicationIncomplete.ts"
export * from "./ReplicatorHandler.ts"
