import { describe, expect, it } from "vitest"
import { judgeSend } from "../../../adapters/kafkajs/JudgeSend.ts"

const judged = (type: string, attempts: number, produced: boolean): string => {
  const { reason, spoiled } = judgeSend(Object.assign(new Error(type), { type }), { attempts, produced })
  return `${reason}${spoiled ? ", spoiled" : ""}`
}

describe("an error of a broker ends a send", () => {
  it.each([
    ["MESSAGE_TOO_LARGE", "TooLarge", "Unknown, spoiled"],
    ["INVALID_TIMESTAMP", "Refused", "Unknown, spoiled"],
    ["TOPIC_AUTHORIZATION_FAILED", "Unauthorized", "Unknown, spoiled"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "UnknownTopic, spoiled", "UnknownTopic, spoiled"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", "Unknown, spoiled", "Unknown, spoiled"]
  ])("%s: as what, depends on whether an earlier attempt may have written it", (type, first, later) => {
    expect([judged(type, 1, true), judged(type, 2, true)]).toEqual([first, later])
  })
})
