import "./NodeConditions.ts"
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../core/ports/contract/index.ts"
import { kafkaLog } from "../../core/ports/contract/HazardLogs.ts"
import { service } from "../../services/index.ts"
import { clientOf } from "./LocalDynamoDb.ts"
import { isLong } from "./LongHazards.ts"
import { clientThrough, contentsOf, patience } from "./Through.ts"

describe("a store in DynamoDB Local withstands the long hazards over Apache Kafka", () => {
  const table = `hazards-${randomUUID()}`

  const place = () => {
    const { endpoint, region } = service("dynamodb")
    return { endpoint, region, table }
  }
  const open = Effect.suspend(() => DynamoDbStore.open(place()))
  const make = Effect.gen(function* () {
    const client = yield* clientOf(place())
    const openThrough: JournalHazardSubject["openThrough"] = (pass) =>
      DynamoDbStore.open({ ...place(), ...patience, client: clientThrough(client, pass) })
    const contents = Effect.promise(() => contentsOf(client, table))
    return { ...(yield* kafkaLog(service("kafka"))), store: yield* open, reopen: open, openThrough, contents }
  })
  for (const { name, run } of journalHazardContract(make)) {
    if (isLong(name)) it(name, () => Effect.runPromise(Effect.scoped(run)), 300_000)
  }
})
