import type * as CassandraPackage from "cassandra-driver"
import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../core/ports/index.ts"
import { missingDriver } from "../../core/store/index.ts"

/** What this adapter uses of Cassandra's driver. */
export type Cassandra = Pick<typeof CassandraPackage, "Client" | "policies" | "types">

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadCassandra: Effect.Effect<Cassandra, JournalStoreError> = Effect.tryPromise({
  try: () => import("cassandra-driver"),
  catch: (cause) => missingDriver("cassandra-driver", cause)
})
