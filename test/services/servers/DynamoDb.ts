import { join } from "node:path"
import { fetchJars } from "../Jars.ts"
import type { Recipe } from "../Recipe.ts"
import { host, listener } from "../Service.ts"
import type { DynamoDbService } from "../Service.ts"
import { java } from "../Tools.ts"

const version = "2.6.0"

/** Lists the tables; the signature is one in form only, which is all that is looked at. */
const listTables = async ({ credentials, endpoint, region }: DynamoDbService): Promise<void> => {
  const scope = `${credentials.accessKeyId}/20260101/${region}/dynamodb/aws4_request`
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.ListTables",
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`
    },
    body: "{}",
    signal: AbortSignal.timeout(5000)
  })
  const said = await answer.text()
  if (!answer.ok || !said.includes("TableNames")) throw new Error(`ListTables was answered ${answer.status}: ${said}`)
}

/** DynamoDB Local: everything in memory, one set of tables for all who ask. */
export const dynamodb: Recipe<"dynamodb", "http"> = {
  name: "dynamodb",
  ports: { http: 18000 },
  fetch: (folder) => {
    java()
    return fetchJars(folder, [`com.amazonaws:DynamoDBLocal:${version}`])
  },
  configure: ({ folder, ports }) => {
    const libs = join(folder, "libs")
    const service: DynamoDbService = {
      ...listener(ports.http),
      endpoint: `http://${host}:${ports.http}`,
      region: "eu-central-1",
      credentials: { accessKeyId: "odradek", secretAccessKey: "odradek-secret" }
    }
    const main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
    const options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(ports.http)]
    return Promise.resolve({
      command: java(),
      // SQLite's library lies among the jars.
      args: ["-Xmx512m", `-Djava.library.path=${libs}`, "-cp", `${libs}/*`, main, ...options],
      cwd: folder,
      stopSignal: "SIGTERM",
      version: `DynamoDB Local ${version}`,
      data: [],
      service
    })
  },
  ask: listTables
}
