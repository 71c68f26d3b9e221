export * from "./PostgresStore.ts"
export type { PostgresAccess, PostgresTls } from "./PostgresOptions.ts"
export type { ReplicatedPosition } from "./Positions.ts"
