export * from "./chain/script/index.ts"
