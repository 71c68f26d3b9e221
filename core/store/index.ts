export * from "./Persist.ts"
export * from "./RequestFailure.ts"
export * from "./StoreErrors.ts"
