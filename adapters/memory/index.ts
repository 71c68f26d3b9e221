export * from "./MemoryNetwork.ts"
