export * from "./BatchResponse.ts"
export * from "./DecodeKafkaEvent.ts"
export * from "./KafkaEvent.ts"
export * from "./KafkaEventError.ts"
