import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { replicate } from "../../core/journal/index.ts"
import type { CommitLog, JournalStore } from "../../core/ports/index.ts"

/** One topic under any name, so that it can be replicated again and again to rows that are not there yet. */
export const underAnyName = (log: CommitLog, topic: string): CommitLog => ({
  ...log,
  partitions: () => log.partitions(topic),
  read: (request) => log.read({ ...request, topic })
})

/** Replicates the log under this name to its end, and answers with the offsets at which batches ended. */
export const replicated = (log: CommitLog, store: JournalStore, name: string): Promise<ReadonlyArray<number>> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const ends: Array<number> = []
        const done = yield* Deferred.make<void>()
        yield* replicate({
          log,
          store,
          topics: [name],
          onEvent: (happened) => {
            if (happened._tag === "Stalled") Deferred.doneUnsafe(done, Effect.die(happened.error))
            if (happened._tag !== "Replicated") return
            ends.push(happened.nextOffset)
            if (happened.nextOffset === happened.logEnd) Deferred.doneUnsafe(done, Effect.void)
          }
        })
        yield* Deferred.await(done)
        return ends
      })
    )
  )
