import { describe, expect, it } from "vitest"
import { parsePostgresAddress } from "../../../runtimes/node/PostgresAddress.ts"

describe("parsePostgresAddress", () => {
  it.each([
    ["postgres://localhost/app", { host: "localhost", database: "app" }],
    [
      "postgresql://journal@db.example.org:6432/app?schema=orders",
      { host: "db.example.org", port: 6432, database: "app", user: "journal", schema: "orders" }
    ],
    [
      "postgres://me%40here:p%2Fw%3A@[::1]/a%20b?sslmode=verify-full&sslrootcert=ca.pem",
      {
        host: "::1",
        database: "a b",
        user: "me@here",
        password: "p/w:",
        sslMode: "verify-full",
        authority: "ca.pem"
      }
    ]
  ])("takes %s apart", (address, parts) => {
    expect(parsePostgresAddress(address)).toEqual(parts)
  })

  it.each([
    "postgres:localhost",
    "postgres://",
    "postgres://localhost",
    "postgres://localhost/",
    "postgres:///app",
    "postgres://localhost:0/app",
    "postgres://localhost:65536/app",
    "postgres://localhost/app/more",
    "postgres://localhost/%zz",
    "postgres://localhost/app?sslmode=prefer",
    "postgres://localhost/app?sslrootcert=",
    "postgres://localhost/app?sslmode=disable&sslrootcert=ca.pem",
    "postgres://localhost/app?schema=a&schema=b",
    "postgres://localhost/app?user=me"
  ])("refuses %s", (address) => {
    expect(parsePostgresAddress(address)).toBeUndefined()
  })
})
