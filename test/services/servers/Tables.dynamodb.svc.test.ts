import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb"
import { randomUUID } from "node:crypto"
import { expect, it } from "vitest"
import { service } from "../index.ts"

it("the DynamoDB Local that is started shows a table to whoever asks", async () => {
  const { credentials, endpoint, region } = service("dynamodb")
  const TableName = `tables-${randomUUID()}`
  const client = new DynamoDBClient({ endpoint, region, credentials })
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST"
    })
  )
  const others = { accessKeyId: "another", secretAccessKey: "another" }
  const other = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: others })
  const { TableNames } = await other.send(new ListTablesCommand({ ExclusiveStartTableName: TableName.slice(0, -1) }))
  expect(TableNames?.[0]).toBe(TableName)
  client.destroy()
  other.destroy()
})
