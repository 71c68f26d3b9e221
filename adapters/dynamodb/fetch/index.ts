export type { Fetch } from "./FetchReads.ts"
export * from "./FetchStore.ts"
