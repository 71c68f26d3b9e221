export * from "./NodeScram.ts"
