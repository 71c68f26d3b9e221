export * from "./Driver.ts"
export * from "./Machine.ts"
