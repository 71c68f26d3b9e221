import { once } from "node:events"
import type { AddressInfo } from "node:net"
import dynalite from "dynalite"
import { Miniflare } from "miniflare"
import { Broker, Journals } from "odradek/runtimes/promise"
import type { Env } from "./worker.ts"

/** What stands for Kafka, AWS and the edge on this machine. */
export interface Local {
  readonly journals: Journals<unknown>
  readonly env: Env
  /** Asks the worker. */
  readonly ask: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>
  readonly close: () => Promise<void>
}

/** Starts a broker, a DynamoDB and a worker of these settings. Nothing is replicated until the journals are asked to. */
export const startLocal = async (script: string, over: Partial<Env> = {}): Promise<Local> => {
  const broker = await Broker.start()
  const dynamoDb = dynalite({ createTableMs: 20 })
  dynamoDb.listen(0, "127.0.0.1")
  await once(dynamoDb, "listening")
  const endpoint = `http://127.0.0.1:${(dynamoDb.address() as AddressInfo).port}`
  const topic = "carts"
  const store = `dynamodb://eu-west-1/carts?endpoint=${endpoint}`
  const journals = await Journals.open({ brokers: [broker.address], topic, store })
  const env: Env = {
    TOPIC: topic,
    TABLE: "carts",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    DYNAMODB_ENDPOINT: endpoint,
    ...over
  }
  const worker = new Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-01-01",
    cf: false,
    bindings: { ...env }
  })
  const at = await worker.ready
  return {
    journals,
    env,
    ask: (path, headers = {}) => fetch(new URL(path, at), { headers }),
    close: async () => {
      await worker.dispose()
      await journals.close()
      dynamoDb.closeAllConnections()
      dynamoDb.close()
      await broker.close()
    }
  }
}
