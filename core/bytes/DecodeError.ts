import { TaggedError } from "effect/Data"
import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"

/**
 * Why bytes could not be read.
 *
 * **Details**
 *
 * - `Truncated`: the bytes end before the value does
 * - `InvalidLength`: a length or count is negative where it may not be, or larger than the remaining bytes could hold
 * - `InvalidVarint`: a variable-length integer has more bytes or bits than its type allows
 * - `NumberTooLarge`: a 64-bit integer lies outside of ±(2^53 - 1)
 * - `InvalidValue`: the bytes are there but are not a value of the type
 * - `TrailingBytes`: bytes are left after the value
 */
export type DecodeReason =
  | "Truncated"
  | "InvalidLength"
  | "InvalidVarint"
  | "NumberTooLarge"
  | "InvalidValue"
  | "TrailingBytes"

/**
 * Bytes that are not a value of the expected format.
 *
 * **Details**
 *
 * `position` is the index, in the array that was being read, where the offending value starts. `what` names that value,
 * for a message of the protocol as a path (`topics[3].partitions[0].records`).
 */
export class DecodeError extends TaggedError("DecodeError")<{
  readonly reason: DecodeReason
  readonly position: number
  readonly what: string
  readonly detail: string
  readonly message: string
}> {
  constructor(args: {
    readonly reason: DecodeReason
    readonly position: number
    readonly what: string
    readonly detail: string
  }) {
    const { reason, position, what, detail } = args
    super({
      reason,
      position,
      what,
      detail,
      message: `Cannot read ${what} at byte ${position}: ${detail}; check that the bytes are whole and in the expected format and version.`
    })
  }

  /** The same error, with the value named as a part of `container`. */
  within(container: string): DecodeError {
    const { reason, position, what, detail } = this
    return new DecodeError({ reason, position, what: `${container}${what.startsWith("[") ? "" : "."}${what}`, detail })
  }
}

/**
 * Runs a decoder that throws `DecodeError` and gives its outcome as a value.
 *
 * **Gotchas**
 *
 * Anything else that is thrown is a defect and passes through.
 *
 * **Example**
 *
 * ```ts
 * const count = decodeWith(() => new Reader(bytes).int32())
 * ```
 */
export const decodeWith = <A>(decode: () => A): Result<A, DecodeError> => {
  try {
    return succeed(decode())
  } catch (error) {
    if (error instanceof DecodeError) return fail(error)
    throw error
  }
}
