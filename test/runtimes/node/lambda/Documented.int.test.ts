import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { blocksOf } from "../../../docs/Blocks.ts"
import { odradek, serve, temporaryFolder } from "../cli/Odradek.ts"

/** The first two blocks of the section: what is typed, and what comes of it. */
const [script = "", output = ""] = blocksOf("docs/lambda.md", "Try it without AWS").map(({ code }) => code)

const folder = temporaryFolder()
afterAll(folder.remove)

it("what docs/lambda.md tells to type does what it says", async () => {
  const [, source = ""] = /<<'END'\n([^]*?)^END$/m.exec(script) ?? []
  const [, lines = ""] = /^printf '%s\\n' (.*) \|$/m.exec(script) ?? []
  const [, flags = ""] = /^npx odradek (lambda .*)$/m.exec(script) ?? []
  writeFileSync(join(folder.path, "index.mjs"), source)
  const broker = await serve(["broker", "--listen", "127.0.0.1:0"])
  const where = ["--brokers", broker.ready.slice("ready ".length)]
  const input = `${[...lines.matchAll(/'([^']*)'/g)].map(([, line]) => line).join("\n")}\n`
  expect(await odradek(["journal", "append", "accounts", "account-1", ...where], { input })).toMatchObject({ code: 0 })
  const given = flags
    .replaceAll("index.mjs", join(folder.path, "index.mjs"))
    .replace("given-up", `${folder.path}/given-up`)
  const { code, stderr, stdout } = await odradek([...given.split(" "), ...where])
  await broker.stop()
  const timeless = (text: string): string =>
    text.replace(/after [0-9.]+ m?s/g, "after a time").replaceAll(`${folder.path}/`, "")
  expect(timeless(stdout)).toBe(timeless(output))
  expect(code).toBe(1)
  expect(stderr).toMatch(/^accounts-0 4 records, \d+ ms left$/m)
}, 120_000)
