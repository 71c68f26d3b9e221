import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Ended, projectRoot, run } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

/**
 * A block of code in a page.
 *
 * **Details**
 *
 * A block whose first line is the comment `// FILE` is cut from that file of the project, and `source` names it. `prints` is the
 * `text` block right behind it, which is what the code prints.
 */
export interface Block {
  readonly page: string
  readonly language: string
  readonly code: string
  readonly source: string | undefined
  readonly prints: string | undefined
}

/** Every page with code: the README, those of `docs`, and those of the examples. */
export const pages: ReadonlyArray<string> = [
  "README.md",
  ...readdirSync(join(projectRoot, "docs")).map((page) => `docs/${page}`),
  ...readdirSync(join(projectRoot, "examples")).map((example) => `examples/${example}/README.md`)
].filter((page) => page.endsWith(".md"))

/** The blocks of a page, in order, from the heading `## SECTION` to the next one where that is given. */
export const blocksOf = (page: string, section?: string): ReadonlyArray<Block> => {
  const whole = readText(projectRoot, page)
  const text =
    section === undefined ? whole : (whole.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? "")
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms)].map(
    ([, language = "", code = "", prints]) => {
      const source = language === "ts" ? /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] : undefined
      return { page, language, code, source, prints }
    }
  )
}

/** A folder from where the package can be imported, for as long as `use` runs. */
export const inScratch = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  mkdirSync(join(projectRoot, ".data"), { recursive: true })
  const folder = mkdtempSync(join(projectRoot, ".data", "docs-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a block as a program of its own, or the file that it is cut from. */
export const runBlock = ({ code, source }: Block): Promise<Ended> =>
  inScratch(async (folder) => {
    const file = source === undefined ? join(folder, "example.ts") : join(projectRoot, source)
    if (source === undefined) writeFileSync(file, code)
    return run("node", ["--conditions=odradek-source", file], { cwd: folder })
  })
