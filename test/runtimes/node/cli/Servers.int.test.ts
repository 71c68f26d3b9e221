import { existsSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { odradek, serve, temporaryFolder } from "./Odradek.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

it.each(["SIGTERM", "SIGINT"] as const)(
  "a broker says where it is, and %s ends it with 0 and no noise",
  async (signal) => {
    const broker = await serve(["broker", "--listen", "127.0.0.1:0", "--data", join(folder.path, signal)])
    expect(broker.ready).toMatch(/^ready 127\.0\.0\.1:\d+$/)
    expect(await broker.stop(signal)).toEqual({ code: 0, stdout: `${broker.ready}\n`, stderr: "" })
  }
)

it("a broker without a folder says that its log ends with it, unless it was told so", async () => {
  const silent = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  const telling = await serve(["broker", "--listen", "127.0.0.1:0"])
  expect((await silent.stop()).stderr).toBe("")
  expect((await telling.stop()).stderr).toMatch(
    /^\S+Z INFO The log is kept in memory.* give --data DIR to keep it\.\n$/
  )
})

it("a broker goes on when nobody reads its messages any more", async () => {
  const broker = await serve(["broker", "--listen", "127.0.0.1:0"], { unheard: true })
  const brokers = broker.ready.slice("ready ".length)
  expect((await odradek(["journal", "append", "t", "a", "--brokers", brokers], { input: "{}\n" })).code).toBe(0)
  expect((await broker.stop()).code).toBe(0)
})

it("a broker whose port or folder is taken says so in a sentence and fails", async () => {
  const data = join(folder.path, "taken")
  const broker = await serve(["broker", "--listen", "127.0.0.1:0", "--data", data])
  const address = broker.ready.slice("ready ".length)
  const port = await odradek(["broker", "--listen", address, "--memory"])
  expect(port).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^Cannot listen on [^\n]+\.\n$/) })
  const other = await odradek(["broker", "--listen", "127.0.0.1:0", "--data", data])
  expect(other).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^The folder is in use [^\n]+\.\n$/) })
  expect((await broker.stop()).code).toBe(0)
})

it.each([
  ["below a file", (file: string) => join(file, "log"), "made (ENOTDIR): a file is in its place or above it, give"],
  ["a file", (file: string) => file, "made (EEXIST): a file is in its place or above it, give"],
  ["below what takes no folders", () => "/proc/odradek", "made (ENOENT): give"],
  ["one that takes no files", () => "/proc/self", "locked (unable to open database file): give"]
])("a folder that cannot be used, %s, is named with what to do", async (_, pathOf, why) => {
  const file = join(folder.path, "file")
  writeFileSync(file, "")
  const path = pathOf(file)
  const ended = await odradek(["broker", "--listen", "127.0.0.1:0", "--data", path])
  expect({ ...ended, stderr: "" }).toEqual({ code: 1, stdout: "", stderr: "" })
  expect(ended.stderr).toMatch(/^[^\n]+\.\n$/)
  expect(ended.stderr.startsWith(`The folder ${path} cannot be ${why} `)).toBe(true)
})

it("a replicator without a broker fails at once", async () => {
  const ended = await odradek(["replicator", "--brokers", "127.0.0.1:1", "--topics", "t", "--store", "memory:"])
  expect(ended).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("odradek broker") })
})

it("a replicator whose metrics cannot be served makes no store", async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  const path = join(folder.path, "unused.db")
  const where = ["--topics", "t", "--store", `sqlite:${path}`, "--metrics", `127.0.0.1:${port}`]
  const ended = await odradek(["replicator", "--brokers", "127.0.0.1:1", ...where])
  server.close()
  expect(ended).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("EADDRINUSE") })
  expect(existsSync(path)).toBe(false)
})
