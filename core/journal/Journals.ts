import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { ExpiringJournal } from "../ports/index.ts"
import { isUtcDate, wrongExpiryDate } from "./model/Expiry.ts"
import type { HeadCache } from "./read/HeadCache.ts"
import { JournalError } from "./model/JournalError.ts"
import { makeJournal } from "./Journal.ts"
import type { Journal } from "./Journal.ts"
import { fromStoreError } from "./ports/JournalPorts.ts"
import type { JournalPorts } from "./ports/JournalPorts.ts"
import type { PayloadCodec } from "./codec/PayloadCodec.ts"
import { makeStoreTrusts } from "./trust/StoreTrusts.ts"
import { tailIds } from "./read/TailIds.ts"
import { Writers } from "./Writers.ts"

/**
 * What the journals of one topic are made from.
 *
 * **Details**
 *
 * The `log` and the `store` are plain values, so that several clusters in one process are ordinary. `origin` says who
 * writes, and `version` with which program; both go into every record. `heads` is a head cache over the same log and
 * store, which makes recoveries cheap in a process that does many; without it each reads the log's tail for itself.
 * `readsAtOnce` bounds the pages of the log that all recoveries together have under way (64); one that waits for its turn
 * for minutes fails. `storeName` is how messages call the store.
 *
 * Whether the store was filled from this log is found out once for each partition, before the first answer that depends on
 * it: that costs a look at the store's pointer, a page of the log (1 MiB at most), and most often one head, beside what
 * the first read asks of the store anyway. What speaks against the store is not kept, so that one which was repaired is used
 * again; where nothing could be compared, as with a store that is still empty, it is asked again after a minute.
 *
 * **Gotchas**
 *
 * A topic that is deleted and made again under a running process is noticed only by a read which the log refuses, or by the next
 * process: restart those that use it.
 */
export interface JournalsOptions<A> extends JournalPorts {
  readonly topic: string
  readonly payload: PayloadCodec<A>
  readonly origin?: string
  readonly version?: string
  readonly heads?: HeadCache
  readonly readsAtOnce?: number
  readonly storeName?: string
}

/** All journals of one topic. */
export interface Journals<A> {
  readonly topic: string
  /** A handle on one journal; it costs nothing until it is used. All handles on one journal count its numbers together. */
  readonly journal: (id: string) => Journal<A>
  /** The ids of all journals that exist, each once, those that are not replicated yet included. */
  readonly ids: Stream.Stream<string, JournalError>
  /**
   * The journals that have expired on this UTC date or before, such as `2026-11-21`, today at the latest, as far as they are
   * replicated: `purgeExpired` of each looks at the log, too.
   */
  readonly expired: (onOrBefore: string) => Stream.Stream<ExpiringJournal, JournalError>
}

const idsPerPage = 1000

/**
 * Opens the journals of a topic.
 *
 * **Example** (Appending and reading)
 *
 * ```ts
 * const journals = makeJournals({ log, store, topic: "orders", payload: jsonPayload })
 * const order = journals.journal("order-1")
 *
 * Effect.gen(function* () {
 *   yield* order.append([{ payload: { placed: 3 } }])
 *   const events = yield* Stream.runCollect(order.read())
 * })
 * ```
 */
export const makeJournals = <A>(options: JournalsOptions<A>): Journals<A> => {
  const { heads, log, origin, payload, readsAtOnce = 64, store, storeName, topic, version } = options

  const storedIds = Stream.paginate(undefined as string | undefined, (after) =>
    store.ids(topic, after, idsPerPage).pipe(
      Effect.mapError((error) => fromStoreError(error, { topic })),
      Effect.map((ids) => {
        const next = ids.length < idsPerPage ? Option.none() : Option.some(ids.at(-1))
        return [ids, next] as const
      })
    )
  )

  const expired = (onOrBefore: string) =>
    Stream.paginate(undefined as ExpiringJournal | undefined, (after) =>
      store.expired({ topic, onOrBefore, after, limit: idsPerPage }).pipe(
        Effect.mapError((error) => fromStoreError(error, { topic })),
        Effect.map((found) => {
          const next = found.length < idsPerPage ? Option.none() : Option.some(found.at(-1))
          return [found.filter(({ expireOn }) => isUtcDate(expireOn)), next] as const
        })
      )
    )

  const writers = new Writers()
  const reads = Semaphore.makeUnsafe(readsAtOnce)
  const trusts = makeStoreTrusts({ log, store, topic, storeName, reads })

  return {
    topic,
    journal: (id) =>
      makeJournal({ log, store, trusts, heads, reads, key: { topic, id }, payload, origin, version, writers }),
    expired: (onOrBefore) =>
      Stream.unwrap(
        Effect.map(Clock.currentTimeMillis, (now) => {
          const message = wrongExpiryDate(onOrBefore, now)
          return message === undefined
            ? Stream.unwrap(Effect.as(trusts.askAll, expired(onOrBefore)))
            : Stream.fail(new JournalError({ reason: "Invalid", topic, message }))
        })
      ),
    ids: Stream.unwrap(
      Effect.map(Effect.andThen(trusts.askAll, tailIds({ log, store }, topic)), (tail) =>
        Stream.concat(
          Stream.filter(storedIds, (id) => !tail.has(id)),
          Stream.fromIterable([...tail].flatMap(([id, exists]) => (exists ? [id] : [])))
        )
      )
    )
  }
}
