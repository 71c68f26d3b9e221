export * from "./chain/script/index.ts"
export * from "./journal/index.ts"
