import "./NodeConditions.ts"
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import { kafkaLog } from "../../core/ports/contract/HazardLogs.ts"
import { service } from "../../services/index.ts"
import { isLong } from "./LongHazards.ts"

describe("a store in DynamoDB Local withstands the long hazards over Apache Kafka", () => {
  const table = `hazards-${randomUUID()}`

  const open = Effect.suspend(() => {
    const { endpoint, region } = service("dynamodb")
    return DynamoDbStore.open({ endpoint, region, table })
  })
  const make = Effect.gen(function* () {
    return { ...(yield* kafkaLog(service("kafka"))), store: yield* open, reopen: open }
  })
  for (const { name, run } of journalHazardContract(make)) {
    if (isLong(name)) it(name, () => Effect.runPromise(Effect.scoped(run)), 300_000)
  }
})
