import { existsSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { listFiles, readText } from "../house/Tree.ts"
import { blocksOf, pages, runBlock } from "./Blocks.ts"

const blocks = pages.flatMap((page) => blocksOf(page))
const cuts = blocks.flatMap(({ code, page, source }) =>
  source === undefined ? [] : [{ page, source, part: code.slice(code.indexOf("\n") + 1) }]
)

/** Pages show parts of files without their indentation, and so with other ends of lines. */
const dense = (text: string): string => text.replaceAll(/\s+/g, "")

/** The pages whose every example runs; a page that is not among them says in its own test what runs. */
const guides = ["docs/getting-started.md", "docs/choosing-a-store.md", "docs/errors.md", "docs/guarantees.md"]

describe("code in the pages", () => {
  it("is cut from the files that it names, as they are", () => {
    expect(cuts.length).toBeGreaterThan(10)
    const wrong = cuts.filter(
      ({ part, source }) =>
        !existsSync(join(projectRoot, source)) || !dense(readText(projectRoot, source)).includes(dense(part))
    )
    expect(wrong).toEqual([])
  })

  it("is cut from tests, or from what tests or examples import", () => {
    const files = listFiles(projectRoot).filter((path) => path.endsWith(".ts"))
    const printing = new Set(blocks.flatMap(({ prints, source }) => (prints === undefined ? [] : [source])))
    const isImported = (source: string): boolean =>
      files.some(
        (path) => dirname(path) === dirname(source) && readText(projectRoot, path).includes(`/${basename(source)}"`)
      )
    const idle = cuts.filter(
      ({ source }) => !source.endsWith(".test.ts") && !printing.has(source) && !isImported(source)
    )
    expect(idle).toEqual([])
  })

  it("is cut from a file or prints what is behind it, everywhere in the guides", () => {
    const examples = blocks.filter(({ language, page }) => language === "ts" && guides.includes(page))
    expect(examples.length).toBeGreaterThan(7)
    expect(examples.filter(({ prints, source }) => prints === undefined && source === undefined)).toEqual([])
  })

  const printing = guides.flatMap((page) => blocksOf(page).filter(({ prints }) => prints !== undefined))

  it.each(printing.map((block) => [block.page, block.source ?? "a program", block] as const))(
    "prints what %s promises: %s",
    async (_page, _source, block) => {
      expect(await runBlock(block)).toEqual({ code: 0, stdout: block.prints, stderr: "" })
    }
  )
})
