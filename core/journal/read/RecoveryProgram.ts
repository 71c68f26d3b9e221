import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { encodeUtf8, shownText, utf8Length } from "../../bytes/index.ts"
import { answer, drive, request } from "../../machine/index.ts"
import type { Answer, Request } from "../../machine/index.ts"
import { CommitLogError } from "../../ports/index.ts"
import type { EventRecord, JournalKey, JournalStoreError } from "../../ports/index.ts"
import type { HeadCache } from "./HeadCache.ts"
import { JournalError } from "../model/JournalError.ts"
import { appendAction, fromStoreError, journalPartition, randomUuid } from "../ports/JournalPorts.ts"
import type { JournalPorts } from "../ports/JournalPorts.ts"
import { logFailure } from "../ports/LogFailure.ts"
import { movedHead } from "../ports/MovedJournal.ts"
import { recovery, start } from "./Recovery.ts"
import type { RecoveryInput, RecoveryOutput, RecoveryState } from "./Recovery.ts"
import { askMs } from "../trust/StoreTrusts.ts"
import type { StoreTrusts } from "../trust/StoreTrusts.ts"

/**
 * What recoveries stand on: the log and the store, what tells whether the two belong together, the head cache where there
 * is one, and what bounds the reads of the log that are under way at once.
 */
export interface RecoveryPorts extends JournalPorts {
  readonly trusts: StoreTrusts
  readonly heads: HeadCache | undefined
  readonly reads: Semaphore.Semaphore
}

/** What a recovery is for. */
export type RecoveryPurpose = "read" | "append" | "delete" | "purge"

/** What was not done of what a recovery is for, and what its mark is for. */
const purposes: Readonly<Record<RecoveryPurpose, { readonly undone: (id: string) => string; readonly mark: string }>> =
  {
    read: { undone: (id) => `Nothing was read of journal ${id}`, mark: "that a read begins with" },
    append: { undone: (id) => `Nothing was appended to journal ${id}`, mark: "that its last number is found out by" },
    delete: { undone: (id) => `Nothing was deleted of journal ${id}`, mark: "that its last number is found out by" },
    purge: { undone: (id) => `Journal ${id} was not purged`, mark: "that its expiry is looked up by" }
  }

/**
 * Which journal to recover, and what of it: events from `from` to `to`, both inclusive, or with `events: false` only its
 * state. `origin` is written into the mark. `purpose` is what it is for, which people are told when there is no mark.
 */
export interface RecoveryRequest {
  readonly purpose: RecoveryPurpose
  readonly key: JournalKey
  readonly from: number
  readonly to: number
  readonly events: boolean
  readonly origin: string | undefined
}

/**
 * A recovery under way.
 *
 * **Details**
 *
 * `pull` gives the next events, and is done once everything up to the mark was given; a page that comes after its taker
 * was interrupted is the next one's. `state` is the machine's state:
 * once `pull` is done, it has the journal's state, the mark, the pointer and the head.
 */
export interface Recovering {
  readonly pull: Effect.Effect<Arr.NonEmptyReadonlyArray<EventRecord>, JournalError | Cause.Done>
  readonly state: () => RecoveryState
}

const pageEvents = 1000
const tailBytes = 1024 * 1024
const pageBytes = 1024 * 1024
/** A short stretch of the log is read in a small page: so many bytes at least, and so many for each record. */
const leastPageBytes = 16 * 1024
const recordBytes = 4 * 1024
const patienceMs = 30_000
const requestMs = 30_000
const turnMs = 120_000
const retryWaitMs = 200

type Outcome = Effect.Effect<Arr.NonEmptyReadonlyArray<EventRecord>, JournalError | Cause.Done>

/** Runs the recovery machine over the ports, for as long as the scope is open. */
export const recover = (ports: RecoveryPorts, what: RecoveryRequest): Effect.Effect<Recovering, JournalError, Scope> =>
  Effect.gen(function* () {
    const { heads, log, reads, store, trusts } = ports
    const { key, purpose } = what
    const keyBytes = encodeUtf8(key.id)
    const partition = yield* journalPartition(log, key, true)
    const markId = yield* randomUuid
    const place = { ...key, partition }
    /** The page that was asked for and is not taken yet, also when whoever asked for it has given up. */
    let wanted: Deferred.Deferred<Arr.NonEmptyReadonlyArray<EventRecord>, JournalError | Cause.Done> | undefined
    let outcome: Outcome | undefined
    const conflicts: Array<{ readonly seqNr: number; readonly offset: number }> = []
    const report = Effect.suspend(() =>
      Effect.forEach(
        conflicts.splice(0),
        ({ offset, seqNr }) =>
          Effect.logWarning(
            `Event ${seqNr} of journal ${shownText(key.id)} in ${key.topic}-${partition} at offset ${offset} is left out: an earlier record has that number.`
          ),
        { discard: true }
      )
    )

    const settle = (effect: Outcome) => {
      if (wanted !== undefined) Deferred.doneUnsafe(wanted, effect)
    }
    const over = (effect: Outcome) => {
      outcome = effect
      settle(effect)
    }
    const unavailable = (message: string): RecoveryInput => ({
      _tag: "Failed",
      error: new JournalError({ reason: "Unavailable", ...place, message })
    })
    const late = (what: string): RecoveryInput =>
      unavailable(
        `The ${what} has not answered for ${requestMs / 1000} s; check that it is up and reachable, and ${purpose} again.`
      )
    const crowded = () =>
      unavailable(
        `The read waited ${turnMs / 1000} s for the other reads of this process; recover fewer journals at once, or with a head cache.`
      )
    const unmarked = (cause: JournalError) => {
      const isLong = cause.cause instanceof CommitLogError && cause.cause.reason === "TooLarge"
      const why = isLong
        ? `its id of ${utf8Length(key.id)} bytes does not fit into a record of ${key.topic}-${partition}: ask for a shorter id.`
        : `the mark ${purposes[purpose].mark} could not be appended to ${key.topic}-${partition}: see that its broker is up and the partition not damaged, and ${purpose} again.`
      return new JournalError({
        reason: cause.reason === "Unknown" ? "Unavailable" : cause.reason,
        ...place,
        message: `${purposes[purpose].undone(shownText(key.id))}, since ${why}`,
        cause
      })
    }
    const fromStore = (run: Effect.Effect<RecoveryInput, JournalStoreError>) =>
      request(
        undefined,
        requestMs,
        Effect.catch(run, (error) =>
          Effect.succeed<RecoveryInput>({ _tag: "Failed", error: fromStoreError(error, place) })
        ),
        () => late("store")
      )
    const failedRead = (error: CommitLogError): RecoveryInput => ({
      _tag: "LogFailed",
      failure: logFailure(error, place)
    })

    const perform = (output: RecoveryOutput): Answer | Request<RecoveryInput> => {
      switch (output._tag) {
        case "CheckStore": {
          const run = Effect.match(trusts.ask(partition, key.id), {
            onSuccess: (): RecoveryInput => ({ _tag: "StoreTrusted" }),
            onFailure: (error): RecoveryInput => ({ _tag: "Failed", error })
          })
          return request(undefined, askMs, run, () => late("store"))
        }
        case "Mark": {
          const mark = Effect.flatMap(Clock.currentTimeMillis, (timestamp) =>
            appendAction(log, key, partition, {
              _tag: "Mark",
              id: markId,
              journalId: key.id,
              timestamp,
              origin: what.origin,
              version: undefined
            })
          )
          const run = Effect.match(mark, {
            onSuccess: ({ offset }): RecoveryInput => ({ _tag: "Marked", offset }),
            onFailure: (cause): RecoveryInput => ({ _tag: "Failed", error: unmarked(cause) })
          })
          return request(undefined, requestMs, run, () => late("log"))
        }
        case "AskTail": {
          const unknown: RecoveryInput = { _tag: "TailKnown", answer: { _tag: "Unknown", why: "closed" } }
          if (heads === undefined) return request(undefined, requestMs, Effect.succeed(unknown), () => unknown)
          const run = Effect.map(heads.get(key, partition, output.mark), (tail): RecoveryInput => ({
            _tag: "TailKnown",
            answer: tail
          }))
          return request(undefined, requestMs, run, () => unknown)
        }
        case "ReadPointer":
          return fromStore(
            Effect.map(store.pointer(key.topic, partition), (offset): RecoveryInput => ({
              _tag: "PointerRead",
              offset
            }))
          )
        case "ReadHead":
          return fromStore(
            Effect.map(store.head(key), (head): RecoveryInput => {
              const error = movedHead(key, partition, head)
              return error === undefined ? { _tag: "HeadRead", head } : { _tag: "Failed", error }
            })
          )
        case "ReadEvents": {
          const { from, head, limit, to } = output
          return fromStore(
            Effect.map(store.events({ key, head, from, to, limit }), (events): RecoveryInput => ({
              _tag: "EventsRead",
              events
            }))
          )
        }
        case "ReadLog": {
          const read = log.read({
            topic: key.topic,
            partition,
            offset: output.offset,
            maxBytes: Math.min(pageBytes, Math.max(leastPageBytes, (output.end - output.offset) * recordBytes)),
            maxWaitMs: output.retrying ? retryWaitMs : 0
          })
          const run = Effect.match(read, {
            onSuccess: (page): RecoveryInput => ({ _tag: "LogRead", page }),
            onFailure: failedRead
          })
          const inTime = Effect.timeoutOrElse(run, {
            duration: requestMs,
            orElse: () => Effect.succeed(late("log"))
          })
          return request(undefined, turnMs + requestMs, Semaphore.withPermit(reads, inTime), crowded)
        }
        case "Events":
          return answer(() => {
            if (Arr.isReadonlyArrayNonEmpty(output.events)) settle(Effect.succeed(output.events))
          })
        case "Conflict":
          return answer(() => {
            conflicts.push(output)
          })
        case "End":
          return answer(() => over(Cause.done()))
        case "Fail":
          return answer(() => {
            if (output.error.reason === "Lost") trusts.doubt(partition)
            over(Effect.fail(output.error))
          })
      }
    }

    const driver = yield* drive({
      machine: recovery,
      state: start({
        key,
        keyBytes,
        partition,
        from: what.from,
        to: what.to,
        events: what.events,
        trusted: trusts.isTrusted(partition, yield* Clock.currentTimeMillis),
        cached: heads !== undefined,
        pageEvents,
        tailBytes,
        patienceMs
      }),
      tick: (now): RecoveryInput => ({ _tag: "Tick", now }),
      perform
    })
    yield* driver.offer({ _tag: "Begin" })
    const want = Effect.uninterruptible(
      Effect.suspend(() => {
        const page: NonNullable<typeof wanted> = Deferred.makeUnsafe()
        wanted = page
        return Effect.as(driver.offer({ _tag: "Pull" }), page)
      })
    )
    const take = (page: NonNullable<typeof wanted>): Outcome =>
      Effect.onExit(Effect.raceFirst(Deferred.await(page), driver.join), (exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit) || !Cause.hasInterruptsOnly(exit.cause)) wanted = undefined
        })
      )
    return {
      state: driver.state,
      pull: Effect.suspend(() => {
        if (wanted !== undefined) return take(wanted)
        return outcome ?? Effect.flatMap(want, take)
      }).pipe(Effect.ensuring(report))
    }
  })
