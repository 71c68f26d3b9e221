import * as Result from "effect/Result"
import { sameBytes } from "../../bytes/index.ts"
import type { LogRecord } from "../../log/index.ts"
import type { JournalKey } from "../../ports/index.ts"
import type { Append, Delete } from "../model/Action.ts"
import { decodeAction } from "./ActionCodec.ts"
import type { JournalDecodeError } from "./JournalDecodeError.ts"

/** An action that adds or removes events, at its place in the log. */
export interface Kept {
  readonly offset: number
  readonly action: Append | Delete
}

/**
 * The actions of one journal among some records of its partition, marks left out; an error where one cannot be read.
 * Records of other keys are passed over before anything of them is decoded.
 */
export const journalActions = (
  where: { readonly key: JournalKey; readonly keyBytes: Uint8Array; readonly partition: number },
  records: ReadonlyArray<LogRecord>
): Result.Result<Array<Kept | "Purge">, JournalDecodeError> => {
  const { key, keyBytes, partition } = where
  const actions: Array<Kept | "Purge"> = []
  for (const record of records) {
    if (record.key === null || !sameBytes(record.key, keyBytes)) continue
    const decoded = decodeAction(record)
    if (Result.isFailure(decoded)) {
      return Result.fail(decoded.failure.at({ topic: key.topic, partition, offset: record.offset, journalId: key.id }))
    }
    const action = decoded.success
    if (action === undefined || action._tag === "Mark") continue
    actions.push(action._tag === "Purge" ? "Purge" : { offset: record.offset, action })
  }
  return Result.succeed(actions)
}
