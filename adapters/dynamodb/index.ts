export * from "./DynamoDbStore.ts"
