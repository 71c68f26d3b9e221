import * as Effect from "effect/Effect"
import { shownText } from "../../bytes/index.ts"
import type { TopicPartition } from "../../log/index.ts"
import { topicPartitionName } from "../../log/index.ts"
import type { CommitLog, JournalStore } from "../../ports/index.ts"
import type { Belonging, BelongingAnswer, BelongingRequest } from "./Belonging.ts"
import { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import { answerComparison, beginComparison } from "./StoreComparison.ts"

/** How many offsets before the pointer are looked at, and how much of the log at once, in bytes. */
export const lookBack = 64
const pageBytes = 1024 * 1024

/** What a store is compared through. */
export interface ComparedPorts {
  readonly log: Pick<CommitLog, "read">
  readonly store: Pick<JournalStore, "pointer" | "head">
}

/** What a store has that was filled from another log: a clause that tells of one journal, and how many others differ. */
export const foreignText = ({ first, others, pointer }: Extract<Belonging, { readonly _tag: "Other" }>): string => {
  const { id, offset, store } = first
  const more = others === 0 ? "" : `, and ${others} more ${others === 1 ? "differs" : "differ"}`
  return `up to the store's pointer ${pointer} journal ${shownText(id)} has its last record at offset ${offset}, and the store has ${store}${more}`
}

/** Says that a store was filled from another log than a partition. `storeName` is how a person calls the store. */
export const otherLog = (
  { partition, topic }: TopicPartition,
  other: Extract<Belonging, { readonly _tag: "Other" }>,
  storeName: string | undefined
): JournalError =>
  new JournalError({
    reason: "Store",
    topic,
    partition,
    offset: other.first.offset,
    id: other.first.id,
    message:
      `${storeName === undefined ? "The store" : `Store ${storeName}`} was filled from another log than this ${topicPartitionName({ topic, partition })}: ` +
      `${foreignText(other)}; name the store that this log was replicated to, or fill a new one, and if it is the right ` +
      "one, let `odradek replicator verify` say what is damaged."
  })

/** Carries out what a comparison of a partition asks for; what may be tried again fails. */
export const askBelonging = (
  { log, store }: ComparedPorts,
  { partition, topic }: TopicPartition,
  request: BelongingRequest
): Effect.Effect<BelongingAnswer, JournalError> => {
  const place = { topic, partition }
  switch (request._tag) {
    case "Look":
      return Effect.matchEffect(log.read({ ...place, offset: request.offset, maxBytes: pageBytes, maxWaitMs: 0 }), {
        onSuccess: (page) => Effect.succeed<BelongingAnswer>({ _tag: "LogRead", page }),
        onFailure: (error) => {
          const failure = logFailure(error, place)
          return failure._tag === "Retry"
            ? Effect.fail(failure.error)
            : Effect.succeed<BelongingAnswer>({ _tag: "LogFailed", failure })
        }
      })
    case "ReadHead":
      return Effect.mapBoth(store.head({ topic, id: request.id }), {
        onSuccess: (head): BelongingAnswer => ({ _tag: "HeadRead", head }),
        onFailure: (error) => fromStoreError(error, place)
      })
    case "ConfirmPointer":
      return Effect.mapBoth(store.pointer(topic, partition), {
        onSuccess: (offset): BelongingAnswer => ({ _tag: "PointerConfirmed", offset }),
        onFailure: (error) => fromStoreError(error, place)
      })
  }
}

/**
 * Looks whether a store was filled from a log, and changes nothing.
 *
 * **When to use**
 *
 * Before a store is trusted of which it is not known where it comes from: the cluster may be another one, or the topic was
 * deleted and made again. A replicator does it by itself, and so do journals (`makeJournals`) before the first answer that
 * depends on the store. `verify` compares all, and takes as long as that.
 *
 * **Details**
 *
 * Of the journals that a partition of the log has last, up to the store's pointer, the heads are compared with their last
 * records: 8 of them at most, and only until one agrees. It is `Beyond` where the log says that it ends before the
 * pointer, and `Unknown` where the store has no pointer there, and where the log no longer has what is at the pointer. A head
 * that is missing tells something only where its journal has no end (`expireAfter`), and one beyond the pointer tells nothing.
 * It costs a look at the pointer, a page of the log (1 MiB at most), and a head, where the first journal agrees.
 *
 * **Gotchas**
 *
 * A store that once was filled from two logs is taken for the later one's. One that is restored from a backup while it is
 * compared, and has its pointer again by the end, may be taken for another log's that once.
 */
export const checkBelonging = Effect.fnUntraced(function* (
  options: ComparedPorts & TopicPartition
): Effect.fn.Return<Belonging, JournalError> {
  const { partition, topic } = options
  let step = beginComparison({ topic, partition, lookBack })
  while (step._tag === "Ask") step = answerComparison(step.state, yield* askBelonging(options, options, step.request))
  return step.belonging
})
