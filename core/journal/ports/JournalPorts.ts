import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { encodeUtf8 } from "../../bytes/index.ts"
import { partitionFor } from "../../log/index.ts"
import type { AppendRequest, CommitLog, JournalKey, JournalStore, JournalStoreError } from "../../ports/index.ts"
import type { Action } from "../model/Action.ts"
import { encodeAction } from "../codec/ActionCodec.ts"
import { JournalError } from "../model/JournalError.ts"
import type { JournalErrorReason } from "../model/JournalError.ts"
import { fromLogError } from "./LogFailure.ts"

/** The log and the store that a journal stands on. */
export interface JournalPorts {
  readonly log: CommitLog
  readonly store: JournalStore
}

/** Where an action's record is. */
export interface ActionPlace {
  readonly partition: number
  readonly offset: number
}

const storeReasons: Readonly<Record<JournalStoreError["reason"], JournalErrorReason>> = {
  Unreachable: "Unavailable",
  Schema: "Store",
  Corrupt: "Corrupt",
  Fenced: "Store",
  Failed: "Store"
}

/** A failure of the store as the journal tells it. */
export const fromStoreError = (
  error: JournalStoreError,
  place: { readonly topic: string; readonly id?: string; readonly partition?: number }
): JournalError =>
  new JournalError({ reason: storeReasons[error.reason], ...place, message: error.message, cause: error })

/**
 * The partition of a journal: the one that every client with the Java default partitioner chooses. With `create`, a
 * topic that does not exist is created where the brokers allow it.
 */
export const journalPartition = (
  log: CommitLog,
  key: JournalKey,
  create: boolean
): Effect.Effect<number, JournalError> =>
  log.partitions(key.topic, { create }).pipe(
    Effect.map((count) => partitionFor(encodeUtf8(key.id), count)),
    Effect.mapError((error) => fromLogError(error, key))
  )

/** The record of an action, for its journal's partition. */
export const actionRequest = (
  { id, topic }: JournalKey,
  partition: number,
  action: Action
): Result.Result<AppendRequest, JournalError> => {
  const record = encodeAction(action)
  if (Result.isSuccess(record)) return Result.succeed({ ...record.success, topic, partition })
  const { failure } = record
  return Result.fail(new JournalError({ reason: "Invalid", topic, id, message: failure.message, cause: failure }))
}

/** Appends the record of an action to its journal's partition, and answers with its place. */
export const appendAction = (
  log: CommitLog,
  key: JournalKey,
  partition: number,
  action: Action
): Effect.Effect<ActionPlace, JournalError> => {
  const request = actionRequest(key, partition, action)
  if (Result.isFailure(request)) return Effect.fail(request.failure)
  return Effect.mapBoth(log.append(request.success), {
    onFailure: (error) => fromLogError(error, { ...key, partition }),
    onSuccess: (offset): ActionPlace => ({ partition, offset })
  })
}

/** A random UUID (version 4) from the generator in scope. */
export const randomUuid: Effect.Effect<string> = Effect.map(
  Effect.all([Random.nextInt, Random.nextInt, Random.nextInt, Random.nextInt]),
  (words) => {
    const hex = words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
    const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
)
