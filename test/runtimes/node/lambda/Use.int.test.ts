import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { odradek, serve, temporaryFolder } from "../cli/Odradek.ts"
import type { Server } from "../cli/Odradek.ts"
import { handlersFile } from "./Mappings.ts"

let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(() => broker.stop())

const lambda = (args: ReadonlyArray<string>): string => {
  const program = [process.execPath, "--conditions=odradek-source", "runtimes/node/main.ts", "lambda"]
  return [...program, "--brokers", brokers, "--handler", `${handlersFile}.quiet`, ...args].join(" ")
}

const broken = fileURLToPath(new URL("handlers/Broken.ts", import.meta.url))

describe("odradek lambda that is used wrongly", { timeout: 60_000 }, () => {
  it.each([
    [["--topics", "t"], "There is no function to invoke: name its file with --handler FILE."],
    [["--handler", handlersFile], "The function has nothing to read: name topics with --topics T[,T2]."],
    [
      ["--topics", "t", "--handler", "nowhere.handler"],
      'There is no handler "nowhere.handler": give --handler FILE, or FILE.EXPORT for a function that is not called "handler".'
    ],
    [
      ["--topics", "t", "--handler", `${handlersFile}.noFunction`],
      `${handlersFile} exports no function "noFunction": give --handler FILE.EXPORT with one that it has.`
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--batch-size", "10001"],
      "--batch-size is 10001: give a whole number from 1 to 10000."
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--record-age", "0"],
      "--record-age is 0: give a number of seconds from 1 to 604800, or -1 for no end."
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--rebalance", "1"],
      "--rebalance needs another poller: give --pollers 2."
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--within", "1"],
      "--within is for what ends: give --until-end, too."
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--environment", "A"],
      '--environment is "A": give NAME=VALUE, once for each variable.'
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--on-failure", "sqs"],
      '--on-failure is "sqs": give kafka://TOPIC, or file:FILE.'
    ],
    [
      ["--topics", "t", "--handler", handlersFile, "--on-failure", "kafka://t"],
      "--on-failure names t, which the function reads: name another topic."
    ]
  ])("%j ends with 2 and a sentence", async (args, sentence) => {
    const { code, stderr } = await odradek(["lambda", "--brokers", brokers, ...args])
    expect(stderr).toBe(`${sentence}\n`)
    expect(code).toBe(2)
  })

  it("ends with 1 where the module throws, or its function takes a callback", async () => {
    const run = (handler: string) => odradek(["lambda", "--brokers", brokers, "--topics", "t", "--handler", handler])
    const thrown = await run(broken)
    expect(thrown.stderr).toContain(`${broken} cannot be loaded (Error: it does not load).\n`)
    expect(thrown.code).toBe(1)
    const called = await run(`${handlersFile}.callback`)
    expect(called.stderr).toContain('exports "callback" with a callback, which functions of nodejs24.x cannot have.\n')
    expect(called.code).toBe(1)
  })

  it("tells the line of a module that is no JavaScript, and counts no records", async () => {
    const folder = temporaryFolder()
    const file = join(folder.path, "index.mjs")
    writeFileSync(file, "export const handler = async () => {}\nconst nothing = =\n")
    const { code, stderr, stdout } = await odradek(["lambda", "--brokers", brokers, "--topics", "t", "--handler", file])
    folder.remove()
    expect(stderr).toContain(`${file}:2\nconst nothing = =\n`)
    expect(stderr).toMatch(/cannot be loaded \(SyntaxError: .*\)\.\n$/)
    expect(stdout).toBe("")
    expect(code).toBe(1)
  })

  it.each([[""], ["--json"]])("ends when nobody reads what it says any more %s", async (flag) => {
    const append = ["journal", "append", "unread", "a", "--brokers", brokers]
    expect(await odradek(append, { input: "{}\n" })).toMatchObject({ code: 0 })
    const command = `set -o pipefail; ${lambda(["--topics", "unread", "--until-end", flag])} | head -1`
    const { status, stderr, stdout } = spawnSync("bash", ["-c", command], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toContain("ready")
  })

  it.skipIf(!existsSync("/dev/full"))("fails where what it says finds no room", async () => {
    const append = ["journal", "append", "full", "a", "--brokers", brokers]
    expect(await odradek(append, { input: "{}\n" })).toMatchObject({ code: 0 })
    const command = `${lambda(["--topics", "full", "--until-end"])} > /dev/full`
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^Standard output .*ENOSPC.*\.\n$/) })
  })

  it("ends with 1 where a topic that it is to read to its end is not there", async () => {
    const flags = ["--topics", "missing", "--handler", handlersFile, "--until-end"]
    const { code, stderr } = await odradek(["lambda", "--brokers", brokers, ...flags])
    expect(stderr).toContain("missing does not exist")
    expect(code).toBe(1)
  })
})
