export * from "./chain/index.ts"
export * from "./chain/script/index.ts"
