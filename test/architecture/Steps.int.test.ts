import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { architecture, format, lint, type TreeCheck, types } from "../house/Steps.ts"
import { readText } from "../house/Tree.ts"
import { type Files, plant } from "./Plant.ts"

/** What a check says about a planted tree, or why it fails. */
const outcomeOf = async (
  check: TreeCheck,
  files: Files,
  prepare: (root: string) => void = () => {}
): Promise<string> => {
  const planted = plant(files)
  prepare(planted.root)
  try {
    return await check(planted.root)
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    planted.remove()
  }
}

const skips = (tool: string, seen: number): string =>
  `failed: ${tool} looked at ${seen} files, but the project has 13: its configuration leaves some out.`

describe("a check", () => {
  it("passes where the rules are kept, and says what it saw", async () => {
    const said = [await outcomeOf(types, {}), await outcomeOf(lint, {}), await outcomeOf(format, {})]
    expect(said).toEqual([
      "8 files of core without the platform, 13 files in all",
      "13 files",
      expect.stringMatching(/files$/)
    ])
    expect(await outcomeOf(architecture, {})).toBe("13 files")
  })

  it.each(["process.pid", `Buffer.from("a")`, "setTimeout(() => {}, 1)", `fetch("a")`, "console.log(1)"])(
    "does not compile %s in core",
    async (use) => {
      const files = { "core/log/Planted.ts": `export const a = ${use}\n` }
      expect(await outcomeOf(types, files)).toMatch(
        /^failed: tsc -p tsconfig\.core\.json.*Planted\.ts.*Cannot find name/s
      )
    }
  )

  const edge = { "tsconfig.edge.json": readText(projectRoot, "tsconfig.edge.json") }

  it("does not compile what is Node's at the edge", async () => {
    const files = { ...edge, "runtimes/edge/Planted.ts": "export const a = process.pid\n" }
    expect(await outcomeOf(types, files)).toMatch(
      /^failed: tsc -p tsconfig\.edge\.json.*Planted\.ts.*Cannot find name/s
    )
  })

  it("fails when what is at the edge brings the types of Node along", async () => {
    const text = `import type { Client } from "pg"\n\nexport type Planted = Client\n`
    expect(await outcomeOf(types, { ...edge, "runtimes/edge/Planted.ts": text })).toMatch(
      /^failed: tsc -p tsconfig\.edge\.json has seen the types of Node/
    )
  })

  it("does not compile a type error outside core", async () => {
    const files = { "adapters/file/Planted.ts": `export const a: number = "a"\n` }
    expect(await outcomeOf(types, files)).toMatch(/^failed: tsc -p tsconfig\.json.*Planted\.ts/s)
  })

  it("fails on a lint rule that is broken", async () => {
    expect(await outcomeOf(lint, { "core/log/Planted.ts": "export const a = Date.now()\n" })).toMatch(/^failed: oxlint/)
  })

  it("fails on a file that is not formatted", async () => {
    expect(await outcomeOf(format, { "core/log/Planted.ts": "export const a = 1;\n" })).toMatch(/^failed: oxfmt/)
  })

  it("fails on an architecture rule that is broken, and names it", async () => {
    const said = await outcomeOf(architecture, { "core/log/Planted.ts": `import "node:fs"\n` })
    expect(said).toMatch(/^failed: core\/log\/Planted\.ts:1 core-outside: /)
  })

  it("fails when the linter skips files that exist", async () => {
    const skip = (root: string): void => appendFileSync(join(root, ".gitignore"), "/core/\n")
    expect(await outcomeOf(lint, {}, skip)).toBe(skips("oxlint", 5))
  })

  it("fails when the formatter skips files that exist", async () => {
    const files = {
      ".oxfmtrc.json": `{ "semi": false, "trailingComma": "none", "printWidth": 120, "ignorePatterns": ["/core"] }\n`
    }
    expect(await outcomeOf(format, files)).toBe(skips("oxfmt", 5))
  })

  it("fails when the compiler skips files that exist", async () => {
    const files = { "tsconfig.json": `{ "extends": "./tsconfig.core.json" }\n` }
    expect(await outcomeOf(types, files)).toBe(skips("tsc -p tsconfig.json", 8))
  })
})
