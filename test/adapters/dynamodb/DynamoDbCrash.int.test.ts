import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { fixture, run } from "./Fixture.ts"
import { observedClient } from "./ObservedClient.ts"

describe("a store in DynamoDB", () => {
  const all = fixture()

  it("is opened by the next process, wherever the first was killed while it made the table", async () => {
    const { client, place } = all
    for (let number = 1; ; number++) {
      for (const when of ["before", "after"] as const) {
        const fresh = { ...place, table: `fresh-${number}-${when}` }
        let isDead = false
        const killed = Deferred.makeUnsafe<boolean>()
        const mortal = observedClient(client, async (request) => {
          if (isDead) return new Promise<object>(() => {})
          if (request.number !== number) return request.send()
          isDead = true
          if (when === "after") await request.send().catch(() => {})
          Deferred.doneUnsafe(killed, Effect.succeed(true))
          return new Promise<object>(() => {})
        })
        const opening = Effect.as(DynamoDbStore.open({ ...fresh, client: mortal }), false)
        const wasKilled = await run(Effect.raceFirst(opening, Deferred.await(killed)))
        const health = await run(Effect.flatMap(DynamoDbStore.open({ ...fresh, client }), (store) => store.check))
        expect(health.schema, `killed ${when} request ${number}`).toEqual({ version: 1, expected: 1 })
        if (!wasKilled) return expect(number).toBeGreaterThan(5)
      }
    }
  })
})
