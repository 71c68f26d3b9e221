import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeAction } from "../../core/journal/index.ts"
import type { AppendRequest, CommitLog } from "../../core/ports/index.ts"

/** Whether a request has handed a write to the log: from then on only the log's answer tells whether it was made. */
export interface WriteUnderway {
  isBegun: boolean
}

/** The write of the request that this fiber works for. */
export const WriteUnderway = Context.Reference<WriteUnderway>("odradek/http/WriteUnderway", {
  defaultValue: () => ({ isBegun: false })
})

/** A mark changes nothing: reads begin with one, and appends whose numbers are not known yet. Of all actions only an append has a value. */
const isMark = (request: AppendRequest): boolean => {
  if (request.value !== null) return false
  const action = decodeAction({ ...request, offset: 0 })
  return Result.isSuccess(action) && action.success?._tag === "Mark"
}

/** The same log, which notes of each request whether it has begun to write. */
export const noticingWrites = (log: CommitLog): CommitLog => ({
  append: (request) =>
    Effect.withFiber((fiber) => {
      if (!isMark(request)) fiber.getRef(WriteUnderway).isBegun = true
      return log.append(request)
    }),
  read: (request) => log.read(request),
  partitions: (topic, options) => log.partitions(topic, options),
  topics: log.topics
})
