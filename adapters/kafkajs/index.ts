export * from "./KafkaJsLog.ts"
export * from "./KafkaJsSetupError.ts"
