import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { follow } from "../../log/index.ts"
import type { CommitLogError, LogPage } from "../../ports/index.ts"
import { decodeAction } from "../codec/ActionCodec.ts"
import type { JournalError } from "../model/JournalError.ts"
import { fromStoreError } from "../ports/JournalPorts.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"

const pageBytes = 1024 * 1024
const backoffMs = 50
const maxBackoffMs = 1000
const deadlineMs = 30_000

/** Whether the journals that a page speaks of exist after it; records that cannot be read speak of none. */
const absorb = (ids: Map<string, boolean>, page: LogPage): void => {
  for (const record of page.records) {
    const action = Result.getOrUndefined(decodeAction(record))
    if (action !== undefined && action._tag !== "Mark") ids.set(action.journalId, action._tag !== "Purge")
  }
}

/**
 * The journals that the log speaks of beyond what is replicated, and whether they exist at its end: memory grows with
 * the lag of the replication. Fails with `Lost` where the log begins beyond what is replicated.
 */
export const tailIds = (
  { log, store }: JournalPorts,
  topic: string
): Effect.Effect<Map<string, boolean>, JournalError> =>
  Effect.gen(function* () {
    const ids = new Map<string, boolean>()
    const failed = (error: CommitLogError) => logFailure(error, { topic }).error
    const count = yield* Effect.mapError(log.partitions(topic), failed)
    for (let partition = 0; partition < count; partition++) {
      const pointer = yield* Effect.mapError(store.pointer(topic, partition), (error) =>
        fromStoreError(error, { topic, partition })
      )
      const read = (offset: number) => log.read({ topic, partition, offset, maxBytes: pageBytes, maxWaitMs: 0 })
      const first = yield* Effect.mapError(read((pointer ?? -1) + 1), failed)
      absorb(ids, first)
      const rest = follow({
        from: first.nextOffset,
        end: first.stableEnd,
        ahead: 1,
        backoffMs,
        maxBackoffMs,
        deadlineMs,
        read,
        isRetriable: () => false
      })
      yield* Effect.mapError(
        Stream.runForEach(rest, (page) => Effect.sync(() => absorb(ids, page))),
        failed
      )
    }
    return ids
  })
