import * as Result from "effect/Result"
import { decodeAction, decodeEvents } from "../../../../core/journal/index.ts"
import type { JournalDecodeError } from "../../../../core/journal/index.ts"
import type { LogRecord } from "../../../../core/log/index.ts"

const undecodable = (record: LogRecord): JournalDecodeError | undefined => {
  const decoded = decodeAction(record)
  if (Result.isFailure(decoded)) return decoded.failure
  const action = decoded.success
  if (action?._tag !== "Append") return undefined
  const events = decodeEvents(action.payloadType, action.value)
  return Result.isFailure(events) ? events.failure : undefined
}

/** The first record that claims to be a journal's and cannot be read, and what is wrong with it. */
export const firstPoison = (
  records: ReadonlyArray<LogRecord>
): { readonly offset: number; readonly problem: string } | undefined => {
  for (const record of records) {
    const error = undecodable(record)
    if (error === undefined) continue
    const what = error.field === "" ? error.part : `${error.field} in the ${error.part}`
    return { offset: record.offset, problem: `whose ${what} cannot be read (${error.detail})` }
  }
  return undefined
}
