import { expect, it } from "vitest"
import { shownAddress } from "../../../runtimes/node/ShownAddress.ts"

it("an address is shown without its password", () => {
  expect(shownAddress("postgres://journal:p@ss:w@h:5432/d?sslmode=require")).toBe(
    "postgres://journal@h:5432/d?sslmode=require"
  )
  expect(shownAddress("postgres://journal:p/a?s#s@h")).toBe("postgres://journal@h")
  expect(shownAddress("postgres://h/d?password=secret&sslmode=require")).toBe(
    "postgres://h/d?password=…&sslmode=require"
  )
})

it("an address without a password is shown as it is", () => {
  for (const address of [
    "sqlite:a:b@c.db",
    "postgres://journal@h/d",
    "cassandra://h1,h2:9042/keyspace",
    "dynamodb://local/t?endpoint=http://127.0.0.1:8000"
  ]) {
    expect(shownAddress(address)).toBe(address)
  }
})
