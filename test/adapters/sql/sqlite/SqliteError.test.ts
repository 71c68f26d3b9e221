import { describe, expect, it } from "vitest"
import { storeError } from "../../../../adapters/sql/sqlite/SqliteError.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"

const sqliteError = (errcode: number, message = "message"): Error =>
  Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode })

const diagnose = (cause: unknown) => storeError("write", "/data/j.db", 50, cause)

describe("storeError", () => {
  const cases: ReadonlyArray<readonly [string, number, string, string]> = [
    [
      "a lock",
      5,
      "Unreachable",
      "SQLite file /data/j.db was locked by another process for 50 ms: try again, or raise busyTimeoutMs."
    ],
    [
      "a lock during recovery",
      261,
      "Unreachable",
      "SQLite file /data/j.db was locked by another process for 50 ms: try again, or raise busyTimeoutMs."
    ],
    [
      "missing permission",
      8,
      "Failed",
      "This process may not write to SQLite file /data/j.db: grant it access to the file and to its folder."
    ],
    [
      "a folder without permission",
      1544,
      "Failed",
      "This process may not write to SQLite file /data/j.db: grant it access to the file and to its folder."
    ],
    ["a full disk", 13, "Failed", "The disk of SQLite file /data/j.db is full: make room and try again."],
    [
      "a damaged file",
      11,
      "Corrupt",
      "SQLite file /data/j.db is damaged: restore it from a backup, or remove it and replicate from the log again."
    ]
  ]
  for (const [what, code, reason, message] of cases) {
    it(`tells ${what} and what to do about it`, () => {
      expect(diagnose(sqliteError(code))).toMatchObject({ reason, message, operation: "write" })
    })
  }

  it("tells what SQLite said when it has no better sentence", () => {
    const cause = sqliteError(10, "disk I/O error")
    const error = diagnose(cause)
    expect(error.reason).toBe("Failed")
    expect(error.cause).toBe(cause)
    expect(error.message).toBe(
      'SQLite refused the operation "write" on file /data/j.db (disk I/O error): correct that and try again.'
    )
  })

  it("leaves an error of the store as it is", () => {
    const error = new JournalStoreError({ reason: "Fenced", operation: "write", message: "fenced" })
    expect(diagnose(error)).toBe(error)
  })
})
