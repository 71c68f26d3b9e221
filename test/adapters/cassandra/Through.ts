import type { Client } from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { RequestPass } from "../../../core/ports/contract/index.ts"
import { observedClient } from "./ObservedClient.ts"

/** A client whose every request goes through `pass`; those of one kind have one statement. */
export const clientThrough = (client: Client, pass: RequestPass): Client =>
  observedClient(client, ({ query, send }) => {
    const sent = Effect.tryPromise({ try: send, catch: (error) => error })
    return Effect.runPromise(pass({ kind: query, writes: !/^\s*SELECT/i.test(query) }, sent))
  })

/** Everything that the tables hold of each topic, as text without names that were drawn and the times of the pointers. */
export const contentsOf = async (
  client: Client,
  keyspace: string
): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const found = new Map<string, Array<string>>()
  for (const table of ["journal", "metajournal", "pointer2"]) {
    for await (const row of await client.execute(`SELECT JSON * FROM ${keyspace}.${table}`)) {
      const { created, meta_record_id, record_id, topic, updated, ...rest } = JSON.parse(String(row["[json]"]))
      const named = [meta_record_id, record_id].map((id) => (typeof id === "string" ? id.slice(8) : "none"))
      const times = table === "pointer2" ? [] : [created, updated]
      const rows = found.get(topic) ?? []
      rows.push(JSON.stringify([table, rest, named, times]))
      found.set(topic, rows)
    }
  }
  for (const rows of found.values()) rows.sort()
  return found
}
