import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, expect, it } from "vitest"
import { localDynamoDb } from "../../adapters/dynamodb/LocalDynamoDb.ts"
import { Broker, Journals } from "../../../runtimes/promise/index.ts"
import { openStore } from "../../../runtimes/node/index.ts"

const scope = ScopeModule.makeUnsafe()
let broker: Broker
let store: string

beforeAll(async () => {
  broker = await Broker.start()
  const { endpoint } = await Effect.runPromise(ScopeModule.provide(localDynamoDb, scope))
  store = `dynamodb://eu-west-1/journal?endpoint=${endpoint}`
})
afterAll(async () => {
  await broker.close()
  await Effect.runPromise(ScopeModule.close(scope, Exit.void))
})

const pointerOf = (topic: string) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openStore(store), (opened) => opened.pointer(topic, 0))))

it("journals are replicated to a table of DynamoDB and read from it, through deletes and a purge", async () => {
  await using journals = await Journals.open({ brokers: [broker.address], topic: "accounts", store, headCache: false })
  await journals.replicate()
  const read = async (id: string) => {
    const found: Array<unknown> = []
    for await (const { payload, seqNr } of journals.journal(id).read()) found.push([seqNr, payload])
    return found
  }
  const replicated = async (offset: number) => expect.poll(() => pointerOf("accounts")).toBeGreaterThanOrEqual(offset)
  const large = "x".repeat(600_000)
  const one = journals.journal("one")
  await one.append([{ payload: 1 }, { payload: 2 }, { payload: large }])
  await journals.journal("two").append([{ payload: "other" }])
  await replicated(1)
  expect(await read("one")).toEqual([
    [1, 1],
    [2, 2],
    [3, large]
  ])
  await one.delete(2)
  await journals.journal("two").purge()
  await one.append([{ payload: 4 }])
  expect(await read("one")).toEqual([
    [3, large],
    [4, 4]
  ])
  expect(await read("two")).toEqual([])
  await expect
    .poll(() =>
      Effect.runPromise(
        Effect.scoped(Effect.flatMap(openStore(store), (opened) => opened.ids("accounts", undefined, 10)))
      )
    )
    .toEqual(["one"])
})
