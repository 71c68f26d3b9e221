import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { encodeUtf8 } from "../../bytes/index.ts"
import { follow } from "../../log/index.ts"
import type { CommitLog, EventRecord, JournalKey, LogPage } from "../../ports/index.ts"
import { eventRecords } from "../codec/EventRecords.ts"
import { admit, deleted } from "../fold/Fold.ts"
import type { JournalState } from "../fold/Fold.ts"
import { journalActions } from "../codec/JournalActions.ts"
import type { JournalDecodeError } from "../codec/JournalDecodeError.ts"
import { JournalError } from "../model/JournalError.ts"
import { journalEvents } from "./JournalEvents.ts"
import type { JournalEvent } from "./JournalEvents.ts"
import { logFailure } from "../ports/LogFailure.ts"
import type { LogFailure } from "../ports/LogFailure.ts"
import type { PayloadCodec } from "../codec/PayloadCodec.ts"
import { recover } from "./RecoveryProgram.ts"
import type { Recovering, RecoveryPorts } from "./RecoveryProgram.ts"
import { maxSeqNr, minSeqNr } from "../model/SeqNr.ts"

/**
 * What whoever follows a journal is told.
 *
 * - `Event`: the next event
 * - `Purged`: the journal is forgotten, and what was told of it is void; the events that follow begin at number 1
 */
export type Followed<A> = { readonly _tag: "Event"; readonly event: JournalEvent<A> } | { readonly _tag: "Purged" }

/** What a follower of one journal is made from. */
export interface FollowedJournal<A> extends RecoveryPorts {
  readonly key: JournalKey
  readonly origin: string | undefined
  readonly payload: PayloadCodec<A>
}

const pageBytes = 1024 * 1024
const pollMs = 500
const requestMs = 30_000
/** How long the log may fail before the one who follows is told. */
const patienceMs = 30_000

/** Some events that follow each other, or that the journal was purged. */
type Stretch = Arr.NonEmptyReadonlyArray<EventRecord> | "Purged"

const corrupt = (key: JournalKey, partition: number, error: JournalDecodeError): JournalError => {
  const { message, place } = error
  return new JournalError({ reason: "Corrupt", ...key, partition, offset: place.offset, message, cause: error })
}

/** Reads the log at an offset, and fails for good when it has failed for too long. */
const reader = ({ log, key }: { readonly log: CommitLog; readonly key: JournalKey }, partition: number) => {
  let since: number | undefined
  return (offset: number): Effect.Effect<LogPage, LogFailure> =>
    log.read({ topic: key.topic, partition, offset, maxBytes: pageBytes, maxWaitMs: pollMs }).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          since = undefined
        })
      ),
      Effect.catch((error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<never, LogFailure> => {
          const failure = logFailure(error, { ...key, partition })
          since ??= now
          const isOver = failure._tag === "Retry" && now - since >= patienceMs
          return Effect.fail(isOver ? { ...failure, _tag: "Final" } : failure)
        })
      )
    )
}

/** What the log says of a journal from an offset on, where it was as `before` says. */
const tail = <A>(
  journal: FollowedJournal<A>,
  partition: number,
  from: number,
  before: JournalState | undefined
): Stream.Stream<Stretch, JournalError> => {
  const where = { key: journal.key, keyBytes: encodeUtf8(journal.key.id).slice(), partition }
  const place = { topic: journal.key.topic, partition }
  let state = before

  const stretches = (page: LogPage): Result.Result<ReadonlyArray<Stretch>, JournalError> => {
    const actions = journalActions(where, page.records)
    if (Result.isFailure(actions)) return Result.fail(corrupt(journal.key, partition, actions.failure))
    const found: Array<Stretch> = []
    for (const entry of actions.success) {
      if (entry === "Purge") {
        if (state !== undefined) found.push("Purged")
        state = undefined
        continue
      }
      const { action, offset } = entry
      if (action._tag === "Delete") {
        state = deleted(state, action.to)
        continue
      }
      const decoded = eventRecords(action, { ...place, offset })
      if (Result.isFailure(decoded)) return Result.fail(corrupt(journal.key, partition, decoded.failure))
      const admitted = admit(state, action.range, decoded.success)
      state = admitted.state
      if (Arr.isReadonlyArrayNonEmpty(admitted.fresh)) found.push(admitted.fresh)
    }
    return Result.succeed(found)
  }

  return follow<LogPage, LogFailure>({
    from,
    end: undefined,
    ahead: 1,
    backoffMs: 100,
    maxBackoffMs: 5000,
    deadlineMs: requestMs,
    read: reader(journal, partition),
    isRetriable: ({ _tag }) => _tag === "Retry"
  }).pipe(
    Stream.mapError(({ error }) => error),
    Stream.mapEffect((page) => Effect.fromResult(stretches(page))),
    Stream.flattenIterable
  )
}

/**
 * Follows a journal: what it has from a number on, and then what is appended to it, for ever.
 *
 * **Details**
 *
 * What was stored or logged before is read as `read` does it; from the mark of that read on, the partition is followed.
 * Whoever asks for numbers beyond the last one by more than one has seen a journal that was purged meanwhile, is told so,
 * and gets everything. A log that fails for 30 s fails the stream with `Unavailable`.
 *
 * **Gotchas**
 *
 * Each follower reads all records of the journal's partition. One that comes back with a number cannot see that the journal
 * was purged where the new one is as long already.
 */
export const followJournal = <A>(
  journal: FollowedJournal<A>,
  from: number
): Stream.Stream<Followed<A>, JournalError> => {
  const { key, origin, payload } = journal
  const events = (pull: Recovering["pull"]) =>
    Stream.map(Stream.fromPull(Effect.succeed(journalEvents(key, payload, pull))), (event): Followed<A> => ({
      _tag: "Event",
      event
    }))
  const told = (stretch: Stretch): Stream.Stream<Followed<A>, JournalError> => {
    if (stretch === "Purged") return Stream.succeed({ _tag: "Purged" })
    let given = false
    return events(
      Effect.suspend(() => {
        if (given) return Cause.done()
        given = true
        return Effect.succeed(stretch)
      })
    )
  }
  return Stream.suspend(() => {
    let recovering: Recovering | undefined
    const before = Stream.unwrap(
      Effect.map(recover(journal, { purpose: "read", key, from, to: maxSeqNr, events: true, origin }), (begun) => {
        recovering = begun
        return events(begun.pull)
      })
    )
    const after = Stream.suspend((): Stream.Stream<Followed<A>, JournalError> => {
      if (recovering === undefined) return Stream.die("A recovery has ended that has not begun.")
      const { config, mark = -1, state } = recovering.state()
      if (from > minSeqNr && (state?.seqNr ?? 0) < from - 1) {
        return Stream.concat(Stream.succeed<Followed<A>>({ _tag: "Purged" }), followJournal(journal, minSeqNr))
      }
      return Stream.flatMap(tail(journal, config.partition, mark + 1, state), told)
    })
    return Stream.concat(before, after)
  })
}
