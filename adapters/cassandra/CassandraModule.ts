import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { missingDriver } from "../../core/store/index.ts"
import type * as Driver from "./CassandraDriver.ts"

/** What this adapter uses of Cassandra's driver. */
export type Cassandra = typeof Driver

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadCassandra: Effect.Effect<Cassandra, JournalStoreError> = Effect.tryPromise({
  try: () => import("./CassandraDriver.ts"),
  catch: (cause) => missingDriver("cassandra-driver", cause)
})
