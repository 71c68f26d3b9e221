import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import type { RequestPass } from "../../../core/ports/contract/index.ts"
import { scan } from "./LocalDynamoDb.ts"
import { observedClient } from "./ObservedClient.ts"

/** What changes nothing. */
const reading = new Set(["BatchGetItem", "DescribeTable", "GetItem", "ListTables", "Query", "Scan"])

/** Of what a request writes or reads: `head`, `pointer` or `event`, and whether it removes or marks a purge. */
const subjectOf = (input: unknown): string => {
  const text = JSON.stringify(input, (_, value: unknown) => (value instanceof Uint8Array ? "" : value))
  const [, what = "nothing"] = /"(event|head|pointer)\//.exec(text) ?? []
  return [what, /"DeleteRequest"/.test(text) ? " removed" : "", /"purged":\{/.test(text) ? " purged" : ""].join("")
}

/** How long a store waits for a request that is held while another replicator goes on. */
export const patience = { requestTimeoutMs: 60_000 }

/** A client whose every request goes through `pass`. */
export const clientThrough = (client: DynamoDBClient, pass: RequestPass): DynamoDBClient =>
  observedClient(client, ({ input, name, send, signal }) => {
    const command = name.replace(/Command$/, "")
    const sent = Effect.tryPromise({ try: send, catch: (error) => error })
    const request = { kind: `${command} ${subjectOf(input)}`, writes: !reading.has(command) }
    return Effect.runPromise(pass(request, sent), signal && { signal })
  })

/**
 * Everything that a table holds of each topic, as text without what differs from one run to the next. The markers of
 * purged journals are left out: one that comes and goes within a page of the log leaves none.
 */
export const contentsOf = async (
  client: DynamoDBClient,
  table: string
): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const found = new Map<string, Array<string>>()
  for (const { body, recordId, writeId, ...item } of await scan(client, table)) {
    if (item["purged"] !== undefined) continue
    const topic = item["pk"]?.S?.split("/")[1] ?? ""
    const text = JSON.stringify({ ...item, body: body?.B?.length, named: [recordId, writeId].map(Boolean) })
    const items = found.get(topic) ?? []
    items.push(text.replaceAll(topic, "TOPIC").replace(/\/[0-9a-f-]{36}/g, ""))
    found.set(topic, items)
  }
  for (const items of found.values()) items.sort()
  return found
}
