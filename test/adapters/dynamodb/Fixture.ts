import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll } from "vitest"
import { clientOf, localDynamoDb } from "./LocalDynamoDb.ts"
import type { LocalDynamoDb } from "./LocalDynamoDb.ts"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import type { DynamoDbStoreOptions } from "../../../adapters/dynamodb/index.ts"
import type { JournalKey, JournalStore, JournalStoreError } from "../../../core/ports/index.ts"
import { observedClient } from "./ObservedClient.ts"
import type { Passing } from "./ObservedClient.ts"
import { keyOf } from "./Samples.ts"

/** What a test needs: stores on one table, and journals of topics that nobody else uses. */
export interface Fixture {
  readonly place: LocalDynamoDb
  readonly client: DynamoDBClient
  readonly open: (
    options?: Partial<DynamoDbStoreOptions>
  ) => Effect.Effect<JournalStore, JournalStoreError, ScopeModule.Scope>
  /** A store whose requests go through `pass`. */
  readonly observed: (
    pass: (request: Passing) => Promise<object>,
    options?: Partial<DynamoDbStoreOptions>
  ) => Effect.Effect<JournalStore, JournalStoreError, ScopeModule.Scope>
  readonly newKey: () => JournalKey
}

/** The table of the tests. */
export const table = "journal"

/** Runs a DynamoDB in this process beside the tests of a file. */
export const fixture = (): Fixture => {
  const scope = ScopeModule.makeUnsafe()
  let started: { readonly place: LocalDynamoDb; readonly client: DynamoDBClient } | undefined
  let topics = 0
  const running = () => {
    if (started === undefined) throw new Error("DynamoDB is not running yet.")
    return started
  }
  beforeAll(async () => {
    const place = await Effect.runPromise(ScopeModule.provide(localDynamoDb, scope))
    started = { place, client: await Effect.runPromise(ScopeModule.provide(clientOf(place), scope)) }
  })
  afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))
  const open: Fixture["open"] = (options = {}) => {
    const { client, place } = running()
    return DynamoDbStore.open({ ...place, table, client, ...options })
  }
  return {
    get place() {
      return running().place
    },
    get client() {
      return running().client
    },
    open,
    observed: (pass, options) => open({ ...options, client: observedClient(running().client, pass) }),
    newKey: () => keyOf(`topic-${topics++}`)
  }
}

/** Runs an effect with a scope of its own. */
export const run = <A, E>(effect: Effect.Effect<A, E, ScopeModule.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect))
