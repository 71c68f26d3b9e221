import { once } from "node:events"
import type { AddressInfo } from "node:net"
import dynalite from "dynalite"
import { Broker } from "odradek/runtimes/promise"
import type { Settings } from "./Settings.ts"

/** What stands for AWS on this machine. */
export interface Local extends Settings {
  /** What the functions have in their environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/** Starts a broker and a DynamoDB in this process, and says where they are in the environment of the functions. */
export const startLocal = async (): Promise<Local> => {
  const broker = await Broker.start()
  const dynamoDb = dynalite({ createTableMs: 20 })
  dynamoDb.listen(0, "127.0.0.1")
  await once(dynamoDb, "listening")
  const endpoint = `http://127.0.0.1:${(dynamoDb.address() as AddressInfo).port}`
  const [region, table] = ["eu-west-1", "orders"]
  const environment = {
    BROKERS: broker.address,
    TABLE: table,
    AWS_REGION: region,
    DYNAMODB_ENDPOINT: endpoint,
    POWERTOOLS_METRICS_DISABLED: "true"
  }
  Object.assign(process.env, environment)
  return {
    environment,
    brokers: [broker.address],
    region,
    table,
    endpoint,
    close: async () => {
      dynamoDb.closeAllConnections()
      dynamoDb.close()
      await broker.close()
    }
  }
}
