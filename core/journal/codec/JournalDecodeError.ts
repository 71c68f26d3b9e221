import { TaggedError } from "effect/Data"
import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"
import { shownText } from "../../bytes/index.ts"

/**
 * Why a record of a journal's topic could not be read.
 *
 * - `MalformedJson`: the bytes are not JSON text
 * - `MalformedBinary`: a binary value is cut short, or a length, count or text in it is impossible
 * - `InvalidField`: a field is missing, or is not what the format has there
 * - `SeqNrTooLarge`: a sequence number is beyond 2^53 - 1
 */
export type JournalDecodeReason = "MalformedJson" | "MalformedBinary" | "InvalidField" | "SeqNrTooLarge"

/** Which part of the record: its `journal.action` header or its value. */
export type RecordPart = "header" | "value"

/** Where a record is; what is not known is left out. */
export interface RecordPlace {
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly journalId?: string
}

interface Cause {
  readonly reason: JournalDecodeReason
  readonly part: RecordPart
  readonly field: string
  readonly detail: string
  readonly place?: RecordPlace
}

const placeText = ({ topic, partition, offset, journalId }: RecordPlace): string =>
  [
    journalId === undefined ? "" : ` of journal ${shownText(journalId)}`,
    topic === undefined ? "" : ` in topic ${topic}`,
    partition === undefined ? "" : ` in partition ${partition}`,
    offset === undefined ? "" : ` at offset ${offset}`
  ].join("")

/**
 * A record that claims to be a journal's and cannot be read.
 *
 * **Details**
 *
 * `field` is a path such as `append.range.from` or `events[2].tags`, or empty where the part as a whole cannot be read.
 *
 * **Gotchas**
 *
 * Skipping such a record loses events: decide that for each record and not for a kind of error.
 */
export class JournalDecodeError extends TaggedError("JournalDecodeError")<{
  readonly reason: JournalDecodeReason
  readonly part: RecordPart
  readonly field: string
  readonly detail: string
  readonly place: RecordPlace
  readonly message: string
}> {
  constructor({ reason, part, field, detail, place = {} }: Cause) {
    const what = field === "" ? part : `${field} in the ${part}`
    const message = `Cannot read ${what} of the record${placeText(place)}: ${detail}; find the program that wrote it, and skip the record only when its loss is acceptable.`
    super({ reason, part, field, detail, place, message })
  }

  /** The same error, with the field named as a part of `container`. */
  within(container: string): JournalDecodeError {
    const { reason, part, field, detail, place } = this
    return new JournalDecodeError({
      reason,
      part,
      field: field === "" ? container : `${container}.${field}`,
      detail,
      place
    })
  }

  /** The same error with what is known of the record's place added. */
  at(place: RecordPlace): JournalDecodeError {
    const { reason, part, field, detail } = this
    return new JournalDecodeError({ reason, part, field, detail, place: { ...this.place, ...place } })
  }
}

/**
 * Runs a decoder that throws `JournalDecodeError` and gives its outcome as a value.
 *
 * **Gotchas**
 *
 * Anything else that is thrown is a defect and passes through.
 */
export const journalDecodeWith = <A>(decode: () => A): Result<A, JournalDecodeError> => {
  try {
    return succeed(decode())
  } catch (error) {
    if (error instanceof JournalDecodeError) return fail(error)
    throw error
  }
}
