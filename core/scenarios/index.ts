export * from "./chain/index.ts"
export * from "./chain/script/index.ts"
export * from "./journal/index.ts"
export * from "./log/index.ts"
