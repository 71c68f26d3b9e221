import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { flagOf, resolveSettings, variableOf } from "../../../../runtimes/node/cli/Settings.ts"
import type { Setting, Sources } from "../../../../runtimes/node/cli/Settings.ts"

const none: Sources = { flags: {}, environment: {} }

const refusal = (setting: Setting, sources: Partial<Sources>): string => {
  const result = resolveSettings([setting], { ...none, ...sources })
  return Result.isFailure(result) ? result.failure.message : "accepted"
}

const resolved = (setting: Setting, sources: Partial<Sources>) =>
  Result.getOrThrow(resolveSettings([setting], { ...none, ...sources }))[setting]

it("a flag goes before the environment, and that before the file", () => {
  const file = { path: "o.json", settings: { store: "sqlite:file" } }
  const environment = { ODRADEK_STORE: "sqlite:environment" }
  const flags = { store: "sqlite:flag" }
  expect(resolved("store", { file, environment, flags })).toBe("sqlite:flag")
  expect(resolved("store", { file, environment })).toBe("sqlite:environment")
  expect(resolved("store", { file })).toBe("sqlite:file")
  expect(resolved("store", {})).toBeUndefined()
})

it("names follow from one another", () => {
  expect([flagOf("fsyncInterval"), variableOf("fsyncInterval")]).toEqual(["--fsync-interval", "ODRADEK_FSYNC_INTERVAL"])
})

it("lists are texts with commas, or arrays in a file", () => {
  expect(resolved("brokers", { flags: { brokers: "a:1, [::1]:2" } })).toEqual(["a:1", "[::1]:2"])
  expect(resolved("topics", { file: { path: "o.json", settings: { topics: ["a", "b"] } } })).toEqual(["a", "b"])
})

it("numbers are numbers, or texts in the environment and in flags", () => {
  expect(resolved("partitions", { environment: { ODRADEK_PARTITIONS: "3" } })).toBe(3)
  expect(resolved("partitions", { file: { path: "o.json", settings: { partitions: 3 } } })).toBe(3)
})

it("what is on or off is a boolean in a file, and its name elsewhere", () => {
  expect(resolved("tls", { file: { path: "o.json", settings: { tls: true } } })).toBe(true)
  expect(resolved("tls", { flags: { tls: "true" } })).toBe(true)
  expect(resolved("tls", { environment: { ODRADEK_TLS: "false" } })).toBe(false)
  expect(refusal("tls", { environment: { ODRADEK_TLS: "1" } })).toContain("give true or false")
})

it("a password is no setting, so that neither flags nor files have one", () => {
  const file = { path: "o.json", settings: { password: "secret" } }
  expect(refusal("sasl", { file })).toMatch(/^"password" in o\.json is no setting: /)
  expect(refusal("sasl", { file })).not.toContain("secret")
})

it("peers are numbers with addresses, or an object in a file", () => {
  expect(resolved("peers", { flags: { peers: "1=a:1, 2=[::1]:2" } })).toEqual({ 1: "a:1", 2: "[::1]:2" })
  expect(resolved("peers", { file: { path: "o.json", settings: { peers: { 3: "c:3" } } } })).toEqual({ 3: "c:3" })
  for (const peers of ["", "a:1", "0=a:1", "1=a", "1=a:1,1=b:2", "1=a:1,"]) {
    expect(refusal("peers", { flags: { peers } })).toContain("give 1=HOST:PORT,2=HOST:PORT and so on")
  }
})

it("a wrong value names itself, where it comes from, and what is allowed", () => {
  expect(refusal("fsync", { flags: { fsync: "often" } })).toBe(
    '--fsync from the command line is "often": give none, interval or always.'
  )
  expect(refusal("brokers", { environment: { ODRADEK_BROKERS: "kafka" } })).toBe(
    'ODRADEK_BROKERS from the environment is "kafka": give HOST:PORT, or several with commas between them.'
  )
  expect(refusal("partitions", { file: { path: "o.json", settings: { partitions: 0 } } })).toBe(
    '"partitions" from o.json is 0: give a whole number from 1.'
  )
  expect(refusal("partitions", { flags: { partitions: "many" } })).toContain("give a whole number from 1")
})

it("a store's address that is wrong is told without its password", () => {
  const message = refusal("store", { flags: { store: "postgres://journal:rosebud@db" } })
  expect(message).toMatch(
    /^--store from the command line is "postgres:\/\/journal@db", which names no store, because the database is missing/
  )
})

it("a store of an unknown kind is told which kinds there are", () => {
  expect(refusal("store", { flags: { store: "redis:localhost" } })).toBe(
    '--store from the command line is "redis:localhost", which names no store, because no kind of store begins like that: write sqlite:FILE, cassandra://HOST/KEYSPACE, dynamodb://REGION/TABLE, postgres://HOST/DATABASE, or memory: for one that is empty and ends with the process.'
  )
})

it("a file with a setting that does not exist is refused", () => {
  expect(refusal("store", { file: { path: "o.json", settings: { brokres: "a:1" } } })).toMatch(
    /^"brokres" in o.json is no setting: write one of brokers, store, /
  )
})

it("a wrong value that a command does not use does not keep it from running", () => {
  expect(resolved("store", { environment: { ODRADEK_FSYNC: "often" } })).toBeUndefined()
})
