import { TaggedError } from "effect/Data"
import { fail, succeed } from "effect/Result"
import type { Result } from "effect/Result"

/**
 * Why a value could not be written.
 *
 * **Details**
 *
 * - `NumberOutOfRange`: the number is not an integer of the width that the format gives it
 * - `TooLong`: a string, array or byte string is longer than its length prefix can say
 * - `InvalidValue`: the value is not of the type, such as `null` where the format has none, or a malformed UUID
 */
export type EncodeReason = "NumberOutOfRange" | "TooLong" | "InvalidValue"

/** A value that the format cannot express; `what` names it, for a message of the protocol as a path. */
export class EncodeError extends TaggedError("EncodeError")<{
  readonly reason: EncodeReason
  readonly what: string
  readonly detail: string
  readonly message: string
}> {
  constructor(args: { readonly reason: EncodeReason; readonly what: string; readonly detail: string }) {
    const { reason, what, detail } = args
    super({ reason, what, detail, message: `Cannot write ${what}: ${detail}; pass a value that the format can hold.` })
  }

  /** The same error, with the value named as a part of `container`. */
  within(container: string): EncodeError {
    const { reason, what, detail } = this
    return new EncodeError({ reason, what: `${container}${what.startsWith("[") ? "" : "."}${what}`, detail })
  }
}

/**
 * Runs an encoder that throws `EncodeError` and gives its outcome as a value.
 *
 * **Gotchas**
 *
 * Anything else that is thrown is a defect and passes through.
 */
export const encodeWith = <A>(encode: () => A): Result<A, EncodeError> => {
  try {
    return succeed(encode())
  } catch (error) {
    if (error instanceof EncodeError) return fail(error)
    throw error
  }
}
