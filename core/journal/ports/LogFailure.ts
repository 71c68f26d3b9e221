import type { CommitLogError } from "../../ports/index.ts"
import { JournalError } from "../model/JournalError.ts"
import type { JournalErrorReason } from "../model/JournalError.ts"

/**
 * What a failed read of the log means to a machine.
 *
 * - `Retry`: another read may succeed
 * - `Trimmed`: the log begins only at `logStart`, above the offset that was asked for
 * - `Final`: no further read will succeed
 */
export type LogFailure =
  | { readonly _tag: "Retry"; readonly error: JournalError }
  | { readonly _tag: "Trimmed"; readonly error: JournalError; readonly logStart: number }
  | { readonly _tag: "Final"; readonly error: JournalError }

interface Place {
  readonly topic: string
  readonly id?: string
  readonly partition?: number
}

const reasons: Readonly<Record<CommitLogError["reason"], JournalErrorReason>> = {
  Unreachable: "Unavailable",
  UnknownTopic: "Refused",
  OffsetOutOfRange: "Lost",
  TooLarge: "Refused",
  Unauthorized: "Refused",
  Damaged: "Corrupt",
  Refused: "Refused",
  Unknown: "Unknown"
}

/** A failure of the log as the journal tells it. */
export const fromLogError = (error: CommitLogError, place: Place): JournalError =>
  new JournalError({
    reason: reasons[error.reason],
    ...place,
    offset: error.offset,
    message: error.message,
    cause: error
  })

/** Tells failed reads apart. */
export const logFailure = (error: CommitLogError, place: Place): LogFailure => {
  if (error.reason === "Unreachable") return { _tag: "Retry", error: fromLogError(error, place) }
  const { logStart, offset } = error
  if (error.reason !== "OffsetOutOfRange" || offset === undefined) {
    return { _tag: "Final", error: fromLogError(error, place) }
  }
  if (logStart === undefined || offset >= logStart) {
    const ahead = new JournalError({
      reason: "Lost",
      ...place,
      offset,
      message: `The store has ${place.topic}-${error.partition} up to offset ${offset - 1}, and the log ends before that: the store was filled from another log, or the log has lost its end; use the store that belongs to this log, or an empty one.`,
      cause: error
    })
    return { _tag: "Final", error: ahead }
  }
  // Whoever asks for the very first offset has a store without a pointer.
  const message =
    offset === 0
      ? `Records before offset ${logStart} of ${place.topic}-${error.partition} are gone from the log, and this store has never had them: name the store that they were replicated to, or, where they may be given up, replicate the topic to this store once, since a replicator of an empty store begins where the log begins.`
      : `Records from offset ${offset} to ${logStart - 1} of ${place.topic}-${error.partition} are gone from the log before they were replicated; restore the store from a backup that has them, or move its pointer to ${logStart - 1} to accept the loss.`
  const lost = new JournalError({ reason: "Lost", ...place, offset, message, cause: error })
  return { _tag: "Trimmed", error: lost, logStart }
}
