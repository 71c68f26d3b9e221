export * from "./DenoServer.ts"
