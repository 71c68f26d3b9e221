export * from "./FileDisk.ts"
