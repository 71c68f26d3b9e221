import { describe, expect, it } from "vitest"
import { JournalStoreError } from "../../../core/ports/index.ts"
import { failureOf, isBusy, later, lost, mayPass, refused, unanswered } from "../../../core/store/index.ts"

describe("the failure of a request", () => {
  it.each([
    ["one that may pass in a moment", later("It is busy."), "Retry", "Unreachable", true, true],
    ["one of a server that is not there", lost("It is gone."), "Lost", "Unreachable", true, false],
    ["one that nothing mends", refused("Schema", "It has no tables."), "Refused", "Schema", false, false]
  ])("says of %s whether to repeat it, and what a caller is told", (_, diagnosis, kind, reason, passes, busy) => {
    const failure = failureOf("write", diagnosis)
    expect(failure.kind).toBe(kind)
    expect(failure.error).toBeInstanceOf(JournalStoreError)
    expect(failure.error).toMatchObject({ reason, operation: "write", message: diagnosis.message })
    expect([mayPass(failure), isBusy(failure)]).toEqual([passes, busy])
  })

  it("keeps what was thrown", () => {
    const thrown = new Error("socket hang up")
    expect(failureOf("head", lost("It is gone."), thrown).error.cause).toBe(thrown)
    expect("cause" in failureOf("head", lost("It is gone.")).error).toBe(false)
  })

  it("that was not answered in time may be repeated, and says how long was waited and what to look at", () => {
    const { error, kind } = failureOf("head", unanswered("Database journal (at db:5432)", 250, "check that it is up"))
    expect(kind).toBe("Lost")
    expect(error.reason).toBe("Unreachable")
    expect(error.message).toBe("Database journal (at db:5432) has not answered for 250 ms: check that it is up.")
  })
})
