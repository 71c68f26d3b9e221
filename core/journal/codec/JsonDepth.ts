/**
 * Whether `JSON.stringify` has thrown this because the value is nested deeper than the stack has room for, some thousands of
 * levels; `JSON.parse` has no such bound.
 */
export const isTooDeep = (cause: unknown): boolean =>
  cause instanceof RangeError && cause.message.includes("call stack")

/** A text of fewer characters is never nested too deep. */
const leastText = 1000

/** Whether the value of this text can be read, and is nested too deep to be written again. */
export const isTooDeepToWrite = (text: string, value: unknown): boolean => {
  if (text.length < leastText) return false
  try {
    JSON.stringify(value)
    return false
  } catch (cause) {
    if (isTooDeep(cause)) return true
    throw cause
  }
}
