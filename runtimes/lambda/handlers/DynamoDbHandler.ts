import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { neededText, textOf } from "./Environment.ts"
import { storeHandler } from "./StoreHandler.ts"

const { env } = process
const region = textOf(env, "ODRADEK_REGION") ?? neededText(env, "AWS_REGION", "the table's region, such as eu-west-1")
const table = neededText(env, "ODRADEK_TABLE", "the name of the table of journals")
const endpoint = textOf(env, "ODRADEK_ENDPOINT")

const place = { region, ...(endpoint === undefined ? {} : { endpoint }) }

/** Made while the sandbox is, when Lambda gives it more of a processor than an invocation has. */
const client = new DynamoDBClient({ ...place, maxAttempts: 1 })

/**
 * Replicates journals to a table of DynamoDB.
 *
 * **Details**
 *
 * `ODRADEK_TABLE` names the table, `ODRADEK_REGION` its region where that is not the function's, and `ODRADEK_ENDPOINT` another
 * DynamoDB than the region's. The function's role gives the credentials.
 */
export const handler = storeHandler(env, DynamoDbStore.open({ ...place, table, client }), `DynamoDB table ${table}`)
