export * from "./Broker.ts"
export * from "./OpenLog.ts"
export * from "./OpenStore.ts"
