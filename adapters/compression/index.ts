export * from "./Compressions.ts"
export * from "./Decompress.ts"
