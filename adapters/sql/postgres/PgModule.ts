import type * as PgPackage from "pg"
import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../../core/ports/index.ts"

/** What this adapter uses of PostgreSQL's driver. */
export type Pg = Pick<typeof PgPackage, "Pool">

/** Loads the driver when a store is opened, so that a program without such a store needs none. */
export const loadPg: Effect.Effect<Pg, JournalStoreError> = Effect.tryPromise({
  try: () => import("pg"),
  catch: (cause) =>
    new JournalStoreError({
      reason: "Failed",
      operation: "open",
      message: "The package pg cannot be loaded: install it with `npm install pg`.",
      cause
    })
})
