import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { odradek, serve, temporaryFolder } from "./Odradek.ts"
import type { Server } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const folder = temporaryFolder()
const store = `sqlite:${join(folder.path, "journal.db")}`
let broker: Server
let replicator: Server
let http: Server
let where: ReadonlyArray<string>
let url: string

const json = { "content-type": "application/json" }
const sse = { accept: "text/event-stream" }

const begin = async (...flags: ReadonlyArray<string>): Promise<Server> =>
  serve(["http", "--listen", "127.0.0.1:0", ...where, ...flags])

const urlOf = ({ ready }: Server): string => ready.slice("ready ".length)

const append = (base: string, id: string, events: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${base}/topics/accounts/journals/${id}/events`, {
    method: "POST",
    body: `{"events":${events}}`,
    headers: { ...json, ...headers }
  })

beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  where = ["--brokers", broker.ready.slice("ready ".length), "--store", store]
  await odradek(["journal", "append", "accounts", "begun", ...where.slice(0, 2)], { input: '{"payload":1.0}\n' })
  replicator = await serve(["replicator", "--topics", "accounts", ...where])
  http = await begin()
  url = urlOf(http)
})
afterAll(async () => {
  await http.stop()
  await replicator.stop()
  await broker.stop()
  folder.remove()
})

it("what the command line appends is read over HTTP, and the other way round", async () => {
  const read = await fetch(`${url}/topics/accounts/journals/begun/events`, {
    headers: { accept: "application/x-ndjson" }
  })
  expect(await read.text()).toMatch(/^\{"seqNr":1,"payload":1\.0,"timestamp":\d+,"offset":\d+\}\n$/)
  const appended = await append(url, "mine", '[{"payload":{"x":1.0}},{"payload":12345678901234567890}]')
  expect(appended.status).toBe(201)
  const { stdout } = await odradek(["journal", "read", "accounts", "mine", ...where])
  expect(stdout).toMatch(/^\{"seqNr":1,"payload":\{"x":1\.0\},.*\n\{"seqNr":2,"payload":12345678901234567890,.*\n$/)
})

it("10,000 events stream as lines, in order, stored or not", async () => {
  for (let at = 0; at < 10; at++) {
    const lines = Array.from({ length: 1000 }, (_, n) => `{"payload":${at * 1000 + n + 1}}`)
    const response = await fetch(`${url}/topics/accounts/journals/many/events`, {
      method: "POST",
      body: lines.join("\n"),
      headers: { "content-type": "application/x-ndjson" }
    })
    expect(response.status).toBe(201)
  }
  const path = `${url}/topics/accounts/journals/many/events`
  expect((await fetch(path)).status).toBe(406)
  const lines = (await (await fetch(path, { headers: { accept: "application/x-ndjson" } })).text())
    .trimEnd()
    .split("\n")
  const events = lines.map((line) => JSON.parse(line) as { readonly seqNr: number; readonly payload: number })
  expect(events.map(({ payload, seqNr }) => payload === seqNr).every(Boolean)).toBe(true)
  expect(events.map(({ seqNr }) => seqNr)).toEqual(Array.from({ length: 10_000 }, (_, at) => at + 1))
})

it("of two servers over one log, one append wins each expected number", async () => {
  const other = await begin()
  const urls = [url, urlOf(other)]
  for (let expected = 0; expected < 5; expected++) {
    const asked = urls.map((base, at) => append(base, "raced", `[{"payload":${at}}]`, { "if-match": `"${expected}"` }))
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 412])
  }
  expect((await other.stop()).code).toBe(0)
})

it("who follows is sent away with the server, which ends with 0 and no noise", async () => {
  const own = await begin("--json")
  const base = (JSON.parse(own.ready) as { readonly url: string }).url
  await append(base, "followed", "[{}]")
  const response = await fetch(`${base}/topics/accounts/journals/followed/events`, { headers: sse })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  while (!text.includes("id: 1\n")) text += (await reader.read()).value ?? ""
  const ended = own.stop("SIGTERM")
  while (!(await reader.read()).done);
  expect(await ended).toEqual({ code: 0, stdout: `${own.ready}\n`, stderr: "" })
})

describe("with tokens", () => {
  it("only those who have one are let in, as far as it allows", async () => {
    const file = join(folder.path, "tokens")
    writeFileSync(
      file,
      "# who may what\nreader read accounts reader-0123456789\nall read,append,remove * all-0123456789abc\n"
    )
    const own = await begin("--tokens-file", file)
    const base = urlOf(own)
    const statusOf = async (token: string) =>
      (await append(base, "guarded", "[{}]", { authorization: `Bearer ${token}` })).status
    expect((await append(base, "guarded", "[{}]")).status).toBe(401)
    expect(await statusOf("reader-0123456789")).toBe(403)
    expect(await statusOf("all-0123456789abc")).toBe(201)
    await own.stop()
  })

  it("one can come from the environment", async () => {
    const args = ["http", "--listen", "127.0.0.1:0", ...where]
    const own = await serve(args, { environment: { ODRADEK_TOKEN: "0123456789abcdef" } })
    const statusOf = async (token: string) =>
      (await append(urlOf(own), "guarded", "[{}]", { authorization: `Bearer ${token}` })).status
    expect(await statusOf("0123456789abcdef")).toBe(201)
    expect(await statusOf("0123456789abcdeg")).toBe(401)
    await own.stop()
  })
})

it("when the log is gone it is not ready, and says what to do", async () => {
  const short = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  const own = await serve(["http", "--listen", "127.0.0.1:0", "--brokers", short.ready.slice("ready ".length)])
  expect((await fetch(`${urlOf(own)}/ready`)).status).toBe(200)
  await short.stop()
  await eventually(async () => expect((await fetch(`${urlOf(own)}/ready`)).status).toBe(503))
  expect((await fetch(`${urlOf(own)}/health`)).status).toBe(200)
  await own.stop()
})

it.each([
  ["an address for everybody and no guard", ["--listen", "0.0.0.0:0"], "or --open if that is meant"],
  ["half of HTTPS", ["--http-key", import.meta.filename], "give both --http-certificate and --http-key"],
  [
    "a file that is no certificate",
    ["--http-key", import.meta.filename, "--http-certificate", import.meta.filename],
    "of --http-certificate is no certificate"
  ],
  ["a file without tokens", ["--tokens-file", import.meta.filename], 'is not "NAME RIGHTS TOPICS TOKEN"'],
  [
    "a file that is not there",
    ["--tokens-file", join(import.meta.dirname, "none")],
    "of --tokens-file cannot be read (ENOENT)"
  ]
])("with %s it ends with 2 and says what to give", async (_, flags, hint) => {
  const ended = await odradek(["http", ...flags])
  expect(ended).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(hint) })
  expect(ended.stderr).not.toContain("0123456789")
})
