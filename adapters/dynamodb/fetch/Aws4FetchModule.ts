import type * as Aws4FetchPackage from "aws4fetch"
import * as Effect from "effect/Effect"
import type { JournalStoreError } from "../../../core/ports/index.ts"
import { missingDriver } from "../../../core/store/index.ts"

/** What this adapter uses of the package that signs requests. */
export type Aws4Fetch = Pick<typeof Aws4FetchPackage, "AwsClient">

/** Loads the package when a store is opened, so that a program without such a store needs none. */
export const loadAws4Fetch: Effect.Effect<Aws4Fetch, JournalStoreError> = Effect.tryPromise({
  try: () => import("aws4fetch"),
  catch: (cause) => missingDriver("aws4fetch", cause)
})
