import { DynamoDbStore } from "odradek/adapters/dynamodb"
import { makeReplicatorHandler } from "odradek/runtimes/lambda"
import { settings } from "./Settings.ts"

const { endpoint, region, table } = settings()

/** The function behind the event source mapping of the topic. */
export const handler = makeReplicatorHandler({
  store: DynamoDbStore.open({ region, table, ...(endpoint === undefined ? {} : { endpoint }) })
})
