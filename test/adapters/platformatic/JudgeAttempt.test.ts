import { describe, expect, it } from "vitest"
import { judgeAttempt } from "../../../adapters/platformatic/JudgeAttempt.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"

const ended = (code: number, lost: boolean): string => {
  const verdict = judgeAttempt(code, lost)
  if (verdict._tag === "Again") return verdict.written ? "again, maybe written" : "again"
  return `${verdict.failure.reason}${verdict.failure.spoiled ? ", spoiled" : ""}`
}

describe("an error code for a batch", () => {
  const { CORRUPT_MESSAGE, DUPLICATE_SEQUENCE_NUMBER, KAFKA_STORAGE_ERROR, MESSAGE_TOO_LARGE } = ErrorCode
  const { NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_PRODUCER_ID } = ErrorCode
  it.each([
    ["that it is too large", MESSAGE_TOO_LARGE, "TooLarge", "Unknown, spoiled"],
    ["that it is broken", CORRUPT_MESSAGE, "Refused", "Unknown, spoiled"],
    ["that we may not", TOPIC_AUTHORIZATION_FAILED, "Unauthorized", "Unknown, spoiled"],
    ["that somebody else leads", NOT_LEADER_OR_FOLLOWER, "again", "again"],
    ["that replicas are slow", REQUEST_TIMED_OUT, "again, maybe written", "again, maybe written"],
    ["that the disk has failed", KAFKA_STORAGE_ERROR, "again, maybe written", "again, maybe written"],
    ["that the producer is forgotten", UNKNOWN_PRODUCER_ID, "Unreachable, spoiled", "Unknown, spoiled"],
    ["that it is there already, without its offset", DUPLICATE_SEQUENCE_NUMBER, "Unknown, spoiled", "Unknown, spoiled"]
  ])("says %s: what follows depends on whether an earlier answer was lost", (_, code, first, later) => {
    expect([ended(code, false), ended(code, true)]).toEqual([first, later])
  })
})
