export * from "./PostgresStore.ts"
export type { PostgresAccess, PostgresTls } from "./PostgresOptions.ts"
