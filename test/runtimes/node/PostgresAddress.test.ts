import * as Result from "effect/Result"
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
    expect(parsePostgresAddress(address)).toEqual(Result.succeed(parts))
  })

  const incomplete = "write postgres://HOST/DATABASE"
  const encoded = "write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"
  const elsewhere = `a part of it has a character that stands for something else: ${encoded}`

  it.each([
    ["postgres:localhost", `it is not complete: ${incomplete}`],
    ["postgres://localhost", `the database is missing in it: ${incomplete}`],
    ["postgres://localhost/", `the database is missing in it: ${incomplete}`],
    ["postgres:///app", `a host is missing in it: ${incomplete}`],
    ["postgres://localhost:0/app", '"localhost:0" is no host: write HOST or HOST:PORT, with a port from 1 to 65535'],
    [
      "postgres://localhost:65536/app",
      '"localhost:65536" is no host: write HOST or HOST:PORT, with a port from 1 to 65535'
    ],
    ["postgres://localhost/app/more", elsewhere],
    ["postgres://me:se@cret@localhost/app", elsewhere],
    ["postgres://me:se/cret@localhost/app", elsewhere],
    ["postgres://localhost/%zz", `a part of it has a % that encodes nothing: ${encoded}`],
    [
      "postgres://localhost/app?sslmode=prefer",
      'its option sslmode is "prefer": write disable, require, verify-ca or verify-full'
    ],
    ["postgres://localhost/app?sslrootcert=", 'its option sslrootcert is "": write the name of a file'],
    [
      "postgres://localhost/app?sslmode=disable&sslrootcert=ca.pem",
      "sslrootcert is of no use with sslmode=disable: leave out one of them"
    ],
    ["postgres://localhost/app?schema=a&schema=b", "it has the option schema twice: write it once"],
    [
      "postgres://localhost/app?schema=1st",
      'its option schema is "1st": write up to 40 letters, digits and underscores, of which the first is no digit'
    ],
    ["postgres://localhost/app?user=me", '"user" is no option of it: there are schema, sslmode and sslrootcert'],
    [
      "postgres://localhost/app?ssl_mode=require",
      '"ssl_mode" is no option of it (perhaps sslmode): there are schema, sslmode and sslrootcert'
    ]
  ])("refuses %s: %s", (address, why) => {
    expect(parsePostgresAddress(address)).toEqual(Result.fail(why))
  })
})
