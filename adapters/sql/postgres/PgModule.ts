import type * as PgPackage from "pg"
import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../../core/ports/index.ts"
import { missingDriver } from "../../../core/store/index.ts"

/** What this adapter uses of PostgreSQL's driver. */
export type Pg = Pick<typeof PgPackage, "Client" | "Pool">

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadPg: Effect.Effect<Pg, JournalStoreError> = Effect.tryPromise({
  try: () => import("pg"),
  catch: (cause) => missingDriver("pg", cause)
})
