import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run } from "../../../house/Command.ts"
import { pythonTool } from "../../../services/Python.ts"
import { odradek, serve } from "../cli/Odradek.ts"
import type { Server } from "../cli/Odradek.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-http-"))
const token = "0123456789abcdef"
let schemathesis: string
let broker: Server
let where: ReadonlyArray<string>

beforeAll(async () => {
  schemathesis = await pythonTool("schemathesis==4.32.5", "schemathesis")
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  where = ["--brokers", broker.ready.slice("ready ".length), "--store", "memory:"]
  await odradek(["journal", "append", "accounts", "a", ...where], { input: '{"payload":1}\n' })
  // A topic that does not exist is answered with 404 alone. What is sent may be well formed and still not be possible.
  const settings = `[parameters]
"path.topic" = "accounts"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 412, 422]
`
  writeFileSync(join(folder, "schemathesis.toml"), settings)
}, 480_000)
afterAll(async () => {
  await broker?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Lets schemathesis try the API as its document tells of it, and gives what it says where it finds anything. */
const tried = async (http: Server, ...more: ReadonlyArray<string>): Promise<string> => {
  const url = http.ready.slice("ready ".length)
  const config = ["--config-file", join(folder, "schemathesis.toml")]
  const args = ["--checks", "all", "--max-examples", "40", "--seed", "1", "--request-timeout", "20", "--no-color"]
  const ended = await run(schemathesis, [...config, "run", `${url}/openapi.json`, ...args, ...more], {
    cwd: folder,
    deadline: 240_000
  })
  if (ended.code === 0) return "nothing"
  const said = `${ended.stdout}\n${ended.stderr}`
  return said.slice(Math.max(0, said.search(/=+ (FAILURES|ERRORS) =+/)))
}

describe("the HTTP API is what its document says, as schemathesis sees it", () => {
  it("for everybody", async () => {
    const http = await serve(["http", "--listen", "127.0.0.1:0", ...where])
    expect(await tried(http)).toBe("nothing")
    expect((await http.stop()).stderr).toBe("")
  }, 300_000)

  it("with tokens", async () => {
    const environment = { ODRADEK_TOKEN: token }
    const http = await serve(["http", "--listen", "127.0.0.1:0", ...where], { environment })
    expect(await tried(http, "--header", `Authorization: Bearer ${token}`)).toBe("nothing")
    expect((await http.stop()).stderr).toBe("")
  }, 300_000)
})
