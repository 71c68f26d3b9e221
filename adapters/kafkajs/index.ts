export * from "./KafkaJsLog.ts"
export * from "./KafkaJsSetupError.ts"
export * from "./KafkaJsVersions.ts"
