import * as Effect from "effect/Effect"
import type { JournalStore, JournalStoreError } from "../../../core/ports/index.ts"
import { toStoreError } from "../../../core/store/index.ts"
import { readEvents } from "../EventReads.ts"
import { readHead, readPointer, whose } from "../HeadReads.ts"
import { readIds } from "../JournalIds.ts"
import { findLayout } from "../TableLayout.ts"
import { loadAws4Fetch } from "./Aws4FetchModule.ts"
import { makeFetchReads } from "./FetchReads.ts"
import type { Fetch } from "./FetchReads.ts"

/** Who asks: a user of AWS, or one who has taken a role, whose credentials end after a while and have a token. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/**
 * Settings of reads from a table of DynamoDB over `fetch`.
 *
 * **Details**
 *
 * `credentials` sign the requests; a function is asked for each request, for those that end after a while. `endpoint` is the
 * address of another DynamoDB than the region's, such as `http://127.0.0.1:8000`. `fetch` takes the place of the
 * platform's. `requestTimeoutMs` (3000) is how long one request may take, `patienceMs` (8000) how long requests that were
 * throttled, lost or late are repeated, with growing and random delays, before an operation fails with `Unreachable`.
 */
export interface FetchStoreOptions {
  readonly table: string
  readonly region: string
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>)
  readonly endpoint?: string | undefined
  readonly fetch?: Fetch | undefined
  readonly requestTimeoutMs?: number | undefined
  readonly patienceMs?: number | undefined
}

/** What can be read of a store over `fetch`. */
export type FetchStore = Pick<JournalStore, "pointer" | "head" | "events" | "ids">

const open = Effect.fnUntraced(function* (options: FetchStoreOptions): Effect.fn.Return<FetchStore, JournalStoreError> {
  const { credentials, endpoint, patienceMs = 8000, region, requestTimeoutMs = 3000, table } = options
  const { AwsClient } = yield* loadAws4Fetch
  const signer = async () => {
    const { accessKeyId, secretAccessKey, sessionToken } =
      typeof credentials === "function" ? await credentials() : credentials
    const token = sessionToken === undefined ? {} : { sessionToken }
    return new AwsClient({ accessKeyId, secretAccessKey, ...token, service: "dynamodb", region, retries: 0 })
  }
  const reads = makeFetchReads({
    place: { table, region, endpoint },
    signer,
    fetch: options.fetch ?? ((request) => fetch(request)),
    requestMs: requestTimeoutMs,
    patienceMs
  })
  const { buckets } = yield* findLayout(reads)
  const headOf: FetchStore["head"] = (key) => toStoreError(readHead(reads, buckets, "head", key))
  return {
    pointer: (topic, partition) => toStoreError(readPointer(reads, "pointer", topic, partition)),
    head: headOf,
    events: (request) =>
      Effect.flatMap(request.head === undefined ? headOf(request.key) : Effect.succeed(request.head), (head) =>
        toStoreError(readEvents(reads, request, whose(head)))
      ),
    ids: (topic, after, limit) => toStoreError(readIds(reads, buckets, topic, after, limit))
  }
})

/**
 * Opens what a replicator has written to a table of DynamoDB, for reading over `fetch`: {@link FetchStoreOptions}.
 *
 * **When to use**
 *
 * Where AWS's driver is too large or cannot be, such as in workerd. The table is made and written by `DynamoDbStore` of
 * `odradek/adapters/dynamodb`.
 *
 * **Details**
 *
 * One item, which says how the table is laid out, is read; it fails with `Schema` where the table is no journal's, or of
 * another version. All reads are consistent, and nothing is held open: the store may be kept between requests, and goes on
 * after any of them was given up. Requests are signed by the package `aws4fetch`.
 */
export const FetchStore = { open } as const
