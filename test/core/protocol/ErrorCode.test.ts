import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { ErrorCode, errorName, isRetriable } from "../../../core/protocol/index.ts"

const kafkajs: { readonly errorCodes: ReadonlyArray<{ type: string; code: number; retriable: boolean }> } =
  createRequire(import.meta.url)("kafkajs/src/protocol/error.js")

/** Codes that kafkajs has under their former names. */
const renamed: Readonly<Record<string, string>> = {
  UNKNOWN: "UNKNOWN_SERVER_ERROR",
  NOT_LEADER_FOR_PARTITION: "NOT_LEADER_OR_FOLLOWER",
  GROUP_LOAD_IN_PROGRESS: "COORDINATOR_LOAD_IN_PROGRESS",
  GROUP_COORDINATOR_NOT_AVAILABLE: "COORDINATOR_NOT_AVAILABLE",
  NOT_COORDINATOR_FOR_GROUP: "NOT_COORDINATOR"
}

describe("error codes", () => {
  it("agree with those of kafkajs in name and in whether to retry", () => {
    const known = kafkajs.errorCodes.filter(({ code }) => code >= -1)
    expect(known.length).toBeGreaterThan(80)
    expect(known.map(({ code }) => [code, errorName(code), isRetriable(code)])).toEqual(
      known.map(({ code, type, retriable }) => [code, renamed[type] ?? type, retriable])
    )
  })

  it("are all different and without gaps", () => {
    const codes = Object.values<number>(ErrorCode).sort((a, b) => a - b)
    expect(codes).toEqual(Array.from({ length: codes.length }, (_, i) => i - 1))
  })

  it("a code that is not listed still has a name and is not retriable", () => {
    expect(errorName(4711)).toBe("UNKNOWN_ERROR_CODE_4711")
    expect(isRetriable(4711)).toBe(false)
  })
})
