import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { openStore } from "../../../runtimes/node/index.ts"
import { localDynamoDb } from "../../adapters/dynamodb/LocalDynamoDb.ts"
import { odradek, serve, temporaryFolder } from "../node/cli/Odradek.ts"
import { runDeno, startDeno } from "./Deno.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const program = "runtimes/node/main.ts"
const always = ["--allow-read", "--allow-env", "--allow-net=127.0.0.1"]
const json = { "content-type": "application/json" }

describe("under Deno, what is refused is told of in a sentence that names the flag", { timeout: 120_000 }, () => {
  const broker = ["broker", "--listen", "127.0.0.1:0"]
  const read = ["journal", "read", "accounts", "a", "--brokers", "127.0.0.1:1"]
  const refused: ReadonlyArray<
    readonly [permissions: ReadonlyArray<string>, args: ReadonlyArray<string>, says: RegExp]
  > = [
    [["--allow-env", "--allow-net"], read, /^Deno refuses read access to ".*": run it again with --allow-read\.\n$/],
    [
      ["--allow-read", "--allow-net"],
      broker,
      /^Deno refuses env access to "ODRADEK_.*": run it again with --allow-env\.\n$/
    ],
    [
      ["--allow-read", "--allow-env"],
      broker,
      /^Deno refuses net access to "127.0.0.1:0": run it again with --allow-net\.\n$/
    ],
    [
      ["--allow-read", "--allow-env"],
      read,
      /^Deno refuses net access to "127.0.0.1:1": run it again with --allow-net\.\n$/
    ],
    [
      always,
      [...broker, "--data", join(folder.path, "refused")],
      /^Deno refuses write access to ".*\/refused": run it again with --allow-write\.\n$/
    ]
  ]
  it.each(refused)("with %j, %j", async (permissions, args, says) => {
    const { code, stderr, stdout } = await runDeno(permissions, program, args)
    expect(stderr).toMatch(says)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  })
})

describe("under Deno, with no more permissions than the documents name", () => {
  it("a broker keeps its log in a folder, a replicator fills a store, and journals are served over HTTP", async () => {
    const data = join(folder.path, "log")
    const stores = join(folder.path, "stores")
    mkdirSync(stores)
    const listen = ["--listen", "127.0.0.1:0"]
    const broker = await startDeno([...always, `--allow-write=${folder.path}`], program, [
      "broker",
      ...listen,
      "--data",
      data
    ])
    const brokers = ["--brokers", broker.ready.slice("ready ".length)]
    const where = [...brokers, "--store", `sqlite:${join(stores, "journal.db")}`]
    await odradek(["journal", "append", "accounts", "a", ...brokers], { input: '{"payload":1.0}\n' })
    const sqlite = [...always, `--allow-write=${stores}`]
    const replicator = await startDeno([...sqlite, "--allow-sys=hostname"], program, [
      "replicator",
      "--topics",
      "accounts",
      ...where
    ])
    const http = await startDeno(sqlite, program, ["http", ...listen, ...where])
    const events = `${http.ready.slice("ready ".length)}/topics/accounts/journals/a/events`

    const appended = await fetch(events, {
      method: "POST",
      body: '{"events":[{"payload":2.0}]}',
      headers: { ...json, "if-match": '"1"' }
    })
    expect(appended.status).toBe(201)
    expect(await (await fetch(events)).text()).toContain('"payload":2.0')
    const { stdout } = await odradek(["journal", "read", "accounts", "a", ...where])
    expect(stdout).toMatch(/^\{"seqNr":1,"payload":1\.0,.*\n\{"seqNr":2,"payload":2\.0,.*\n$/)
    const followed = await fetch(`${events}?from=2`, { headers: { accept: "text/event-stream" } })
    const reader = followed.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ""
    while (!text.includes("id: 2\n")) text += (await reader.read()).value ?? ""

    const ended = http.stop()
    while (!(await reader.read()).done);
    expect(await ended).toEqual({ code: 0, stdout: `${http.ready}\n`, stderr: "" })
    expect(await replicator.stop()).toEqual({ code: 0, stdout: "ready\n", stderr: "" })
    expect(await broker.stop()).toEqual({ code: 0, stdout: `${broker.ready}\n`, stderr: "" })
  }, 120_000)

  it(
    "a replicator fills a table of DynamoDB, and journals are read from there over HTTP",
    () =>
      Effect.gen(function* () {
        const { endpoint } = yield* localDynamoDb
        const store = `dynamodb://eu-west-1/journal?endpoint=${endpoint}`
        yield* Effect.promise(async () => {
          const environment = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" }
          const broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
          const where = ["--brokers", broker.ready.slice("ready ".length), "--store", store]
          await odradek(["journal", "append", "accounts", "a", ...where.slice(0, 2)], { input: '{"payload":1.0}\n' })
          const sys = "--allow-sys=hostname,osRelease"
          const replicator = await startDeno(
            [...always, sys],
            program,
            ["replicator", "--topics", "accounts", ...where],
            environment
          )
          await expect
            .poll(() =>
              Effect.runPromise(
                Effect.scoped(Effect.flatMap(openStore(store), ({ pointer }) => pointer("accounts", 0)))
              )
            )
            .toBeGreaterThanOrEqual(0)
          const http = await startDeno(
            [...always, sys],
            program,
            ["http", "--listen", "127.0.0.1:0", ...where],
            environment
          )
          const events = await fetch(`${http.ready.slice("ready ".length)}/topics/accounts/journals/a/events`)
          expect(await events.text()).toContain('"payload":1.0')
          for (const { stop } of [http, replicator]) expect(await stop()).toMatchObject({ code: 0, stderr: "" })
          await broker.stop()
        })
      }).pipe(Effect.scoped, Effect.runPromise),
    120_000
  )
})
