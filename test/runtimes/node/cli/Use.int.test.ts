import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { readManifest } from "../../../house/Tree.ts"
import { settingNames } from "../../../../runtimes/node/cli/Settings.ts"
import { odradek, temporaryFolder } from "./Odradek.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

it("--version is the package's", async () => {
  const version = JSON.parse(JSON.stringify(readManifest(".")))["version"]
  expect(await odradek(["--version"])).toEqual({ code: 0, stdout: `odradek ${version}\n`, stderr: "" })
})

it("help that is asked for is no failure", async () => {
  const help = await odradek(["journal", "append", "--help"])
  expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: "" })
  expect(help.stdout).toContain("--keep-numbers")
})

it("the help of every command names the keys of a settings file, and the stores", async () => {
  const { stdout } = await odradek(["replicator", "--help"])
  expect(stdout).toContain(settingNames.join(", "))
  expect(stdout).toContain("memory:")
})

it.skipIf(!existsSync("/dev/full")).each(["--help", "--version", "simulate --help"])(
  "%s that finds no room is a failure that says so",
  (args) => {
    const command = `${process.execPath} --conditions=odradek-source runtimes/node/main.ts ${args} > /dev/full`
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^Standard output .*ENOSPC.*\.\n$/) })
  }
)

it("the help of a command that makes no store says which one does", async () => {
  const { stdout } = await odradek(["journal", "append", "--help"])
  expect(stdout).toContain("which replicators make where they are missing")
})

it.each(["append", "read"])("the help of %s says what does not come back as it went in", async (command) => {
  const { stdout } = await odradek(["journal", command, "--help"])
  expect(stdout).toContain("null counts as no payload")
  expect(stdout).toContain("numbers beyond 2^53")
})

it("no command at all is wrong use, and shows the commands on stderr", async () => {
  const ended = await odradek([])
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: "" })
  expect(ended.stderr).toContain("replicator")
})

it.each([
  [["jurnal"], 'Unknown subcommand "jurnal" for "odradek". Did you mean journal?\nSee `odradek --help`.\n'],
  [["journal", "read", "t", "i", "--from", "1e3"], 'Invalid value for flag --from: "1e3". Expected a whole number in'],
  [["journal", "read", "t", "i", "--to", "0x10"], 'Invalid value for flag --to: "0x10". Expected a whole number in'],
  [["journal", "read", "t"], "Missing required argument: id."],
  [["journal", "read", "t", "i", "--form", "1"], "--form"],
  [["journal", "read", "t", "i", "--from", "0"], "--from is 0: give a whole number from 1 to 9007199254740991.\n"],
  [["journal", "read", "t", "i", "--from", "-3"], "--from is -3: give a whole number from 1 to 9007199254740991.\n"],
  [["journal", "read", "t", "i", "--to", "0"], "--to is 0: give a whole number from 1 to 9007199254740991.\n"],
  [
    ["journal", "read", "t", "i", "--from", "5", "--to", "4"],
    "--from is 5 and --to is 4: give a --to that is not below --from.\n"
  ],
  [
    ["journal", "delete", "t", "i", "--to", "0", "--yes"],
    "--to is 0: give a whole number from 1 to 9007199254740991.\n"
  ],
  [["journal", "delete", "t", "i", "--to", "-1"], "--to is -1: give a whole number from 1 to 9007199254740991.\n"],
  [
    ["journal", "read", "t", "i", "--to", "99999999999999999999"],
    'Invalid value for flag --to: "99999999999999999999". Expected a whole number in digits, up to 9007199254740991.\n'
  ],
  [
    ["journal", "append", "t", "i", "--batch", "1.5"],
    'Invalid value for flag --batch: "1.5". Expected a whole number in digits, up to'
  ],
  [
    ["replicator", "verify", "--partition", "x"],
    'Invalid value for flag --partition: "x". Expected a whole number in digits, up to'
  ],
  [
    ["simulate", "chain", "--seed", "99999999999999999999"],
    "Expected a whole number in digits, up to 9007199254740991.\n"
  ],
  [["journal", "append", "t", "i", "--batch", "0"], "--batch is 0: give a whole number from 1."],
  [["demo", "--json"], "--json"],
  [["broker", "--memory", "--data", "x"], "Give --memory or --data, and not both"],
  [["broker", "--fsync", "often"], '--fsync from the command line is "often": give none, interval or always.'],
  [["replicator", "--store", "memory:"], "name topics with --topics T[,T2]."],
  [
    ["replicator", "--topics", "t"],
    "give --store sqlite:FILE, cassandra://HOST/KEYSPACE, dynamodb://REGION/TABLE or postgres://HOST/DATABASE."
  ],
  [["journal", "delete", "t", "i", "--to", "1"], "confirm it with --yes."],
  [["journal", "purge", "t", "i"], "confirm it with --yes."],
  [["journal", "ids", "t", "--store", "cassandra:x"], "write cassandra://HOST/KEYSPACE."],
  [["journal", "append", "a b", "i"], '"a b" is no topic name: use 1 to 249 letters, digits, dots'],
  [["journal", "ids", ".."], '".." is no topic name: use 1 to 249 letters, digits, dots'],
  [["replicator", "--store", "sqlite:x.db", "--topics", "t,a b"], "give the name of a topic"],
  [["doctor", "--topics", "a".repeat(250)], "1 to 249 letters, digits, dots, underscores and hyphens, and not . or .."],
  [
    ["journal", "purge-expired", "t", "--store", "sqlite:x.db", "--on-or-before", "9999-12-31"],
    '"9999-12-31" is still to come: name '
  ],
  [
    ["journal", "purge-expired", "t", "--store", "sqlite:x.db", "--on-or-before", "tomorrow"],
    '"tomorrow" is no date: write one as 2026-11-21.'
  ],
  [["journal", "ids", "t", "--config", "nowhere.json"], "Settings file nowhere.json cannot be read (ENOENT)"]
])("%j is wrong use", async (args, said) => {
  const ended = await odradek(args)
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: "" })
  expect(ended.stderr).toContain(said)
})

it("where no broker is, one sentence says how to start one", async () => {
  const ended = await odradek(["journal", "read", "t", "i", "--brokers", "127.0.0.1:1"])
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr: "No broker answers at 127.0.0.1:1: start one with `odradek broker`, or name another with --brokers.\n"
  })
})

it.each([
  ["HTTP/1.1 400 Bad Request\r\n\r\n", "it answers in HTTP"],
  ["E\0\0\0\x8dSFATAL\0", "it speaks another protocol"]
])("where another server listens (%j), one sentence says so", async (greeting, why) => {
  const server = createServer((socket) =>
    socket
      .on("error", () => undefined)
      .resume()
      .end(greeting)
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  const address = typeof at === "object" && at !== null ? `127.0.0.1:${at.port}` : ""
  const ended = await odradek(["journal", "read", "t", "i", "--brokers", address])
  await new Promise((resolve) => server.close(resolve))
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `${address} is probably no Kafka broker, ${why}: check the address, above all its port, and whether connections to it are encrypted (--tls).\n`
  })
})

it("help has a blank line between its parts", async () => {
  const { stdout } = await odradek(["replicator", "--help"])
  expect(stdout).toMatch(/rebuild {4}fill a new store\n\nEXAMPLES\n/)
})

it("with --json a failure is one JSON object", async () => {
  const { code, stderr } = await odradek(["journal", "ids", "t", "--brokers", "127.0.0.1:1", "--json"])
  expect(code).toBe(1)
  expect(JSON.parse(stderr)).toMatchObject({ level: "Error", message: expect.stringContaining("odradek broker") })
})

it("an append that finds no broker says that nothing was appended", async () => {
  const args = ["journal", "append", "t", "i", "--brokers", "127.0.0.1:1"]
  const ended = await odradek(args, { input: '{"payload":1}\n{"payload":2}\n' })
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/^No broker answers at 127\.0\.0\.1:1: .*; nothing was appended\.\n$/)
})

it("flags go before the environment, and the environment before the file that it may name", async () => {
  const config = join(folder.path, "odradek.json")
  writeFileSync(config, '{"brokers": "127.0.0.1:3"}')
  const asked = async (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) => {
    const { stderr } = await odradek(["journal", "ids", "t", ...args], { environment })
    return /127\.0\.0\.1:\d/.exec(stderr)?.[0]
  }
  const all = { ODRADEK_CONFIG: config, ODRADEK_BROKERS: "127.0.0.1:2" }
  expect(await asked(["--brokers", "127.0.0.1:1"], all)).toBe("127.0.0.1:1")
  expect(await asked([], all)).toBe("127.0.0.1:2")
  expect(await asked([], { ODRADEK_CONFIG: config })).toBe("127.0.0.1:3")
  expect(await asked(["--config", config], {})).toBe("127.0.0.1:3")
})
