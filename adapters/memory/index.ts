export * from "./MemoryNetwork.ts"
export * from "./MemoryDisk.ts"
export * from "./MemoryLog.ts"
export * from "./MemoryStore.ts"
