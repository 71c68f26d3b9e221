import { expect, it } from "vitest"
import { DiskError } from "../../../../core/ports/index.ts"
import { recordLogFailed } from "../../../../core/storage/records/RecordLogFailed.ts"

it("says what the disk said, with its advice and none besides", () => {
  const message = 'write of "records/0": no space left on device; free some space and restart.'
  const cause = new DiskError({ reason: "Full", operation: "write", path: "records/0", message })
  expect(recordLogFailed("records", cause).message).toBe(
    `Nothing can be kept in "records" any more, since the disk has failed: ${message}`
  )
})
