export * from "./CommitLogContract.ts"
export * from "./ContractCase.ts"
export * from "./ContractViolation.ts"
export * from "./JournalStoreContract.ts"
