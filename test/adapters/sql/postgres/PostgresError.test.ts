import { describe, expect, it } from "vitest"
import { requestFailure } from "../../../../adapters/sql/postgres/PostgresError.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"

const failureOf = (message: string, code?: string) =>
  requestFailure("write", "PostgreSQL at db:5432", "odradek", Object.assign(new Error(message), { code }))

describe("what PostgreSQL and its driver say", () => {
  it.each([
    ["the disk is full", "could not extend file", "53100", "Refused", "Failed", "is full"],
    [
      "it can only be read",
      "cannot execute INSERT in a read-only transaction",
      "25006",
      "Refused",
      "Failed",
      "primary"
    ],
    [
      "it wants encryption",
      'no pg_hba.conf entry for host "h", no encryption',
      "28000",
      "Refused",
      "Failed",
      "verify-full"
    ],
    [
      "it does not encrypt",
      "The server does not support SSL connections",
      undefined,
      "Refused",
      "Failed",
      "use no TLS"
    ],
    [
      "it is not trusted",
      "self-signed certificate",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "Refused",
      "Failed",
      "give the authority"
    ],
    [
      "it has another name",
      "Hostname/IP does not match",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Refused",
      "Failed",
      "another name"
    ],
    [
      "the password or the user is wrong",
      'password authentication failed for user "x"',
      "28P01",
      "Refused",
      "Failed",
      'does not accept the password of this user, or has no such user (password authentication failed for user "x"): correct it, or the user.'
    ],
    ["it has too many connections", "sorry, too many clients already", "53300", "Retry", "Unreachable", "too many"],
    ["a transaction is in the way", "deadlock detected", "40P01", "Retry", "Unreachable", "try again"],
    ["it is starting", "the database system is starting up", "57P03", "Retry", "Unreachable", "in a moment"],
    ["it shuts down", "terminating connection", "57P01", "Lost", "Unreachable", "ended the connection"],
    ["nobody listens", "connect ECONNREFUSED", "ECONNREFUSED", "Lost", "Unreachable", "host and port"],
    ["the host is unknown", "getaddrinfo ENOTFOUND db", "ENOTFOUND", "Lost", "Unreachable", "is unknown"],
    ["the connection is gone", "Connection terminated unexpectedly", undefined, "Lost", "Unreachable", "is lost"],
    ["a table is not there", 'relation "x" does not exist', "42P01", "Refused", "Schema", "not those of a journal"],
    ["its data is damaged", "could not read block", "XX001", "Refused", "Corrupt", "damaged"],
    ["anything else", "value too long", "22001", "Refused", "Failed", '"write" (value too long)']
  ] as const)("becomes one sentence when %s", (_, message, code, kind, reason, words) => {
    const failure = failureOf(message, code)
    expect(failure.kind).toBe(kind)
    expect(failure.error).toMatchObject({ reason, operation: "write", message: expect.stringContaining(words) })
    expect(failure.error.message).toMatch(/^[^.]*PostgreSQL at db:5432.*[^.]\.$/s)
  })

  it("is told of the first of several addresses of a host", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED ::1:5432"), { code: "ECONNREFUSED" })
    const { error } = requestFailure("open", "PostgreSQL", "odradek", new AggregateError([refused, refused]))
    expect(error.message).toContain("connect ECONNREFUSED ::1:5432")
  })

  it("stays what it is where it is the store's own", () => {
    const own = new JournalStoreError({ reason: "Corrupt", operation: "head", message: "A row is damaged." })
    expect(requestFailure("head", "PostgreSQL", "odradek", own).error).toBe(own)
  })
})
