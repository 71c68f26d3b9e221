import { existsSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { pages as codePages } from "./Blocks.ts"

const pages = [...codePages, "CHANGELOG.md", "CONTRIBUTING.md"]

interface Link {
  readonly page: string
  /** The file that is linked to, from the root of the project. */
  readonly file: string
  readonly anchor: string | undefined
}

const links: ReadonlyArray<Link> = pages.flatMap((page) =>
  [...readText(projectRoot, page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, to = "", anchor]) => ({
    page,
    file: to === "" ? page : normalize(join(dirname(page), to)),
    anchor
  }))
)

/** The names by which a page's headings are linked to. */
const anchorsOf = (page: string): ReadonlyArray<string> =>
  [...readText(projectRoot, page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-")
  )

describe("the links of the pages", () => {
  it("lead to files that are there", () => {
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter(({ file }) => !existsSync(join(projectRoot, file)))).toEqual([])
  })

  it("lead to headings that are there", () => {
    const toHeadings = links.flatMap(({ anchor, ...link }) => (anchor === undefined ? [] : [{ ...link, anchor }]))
    expect(toHeadings.length).toBeGreaterThan(5)
    expect(toHeadings.filter(({ anchor, file }) => !anchorsOf(file).includes(anchor))).toEqual([])
  })

  it("lead to what is in the package, but for the page about working in a clone", () => {
    const { files } = JSON.parse(readText(projectRoot, "package.json")) as { readonly files: ReadonlyArray<string> }
    const linked = new Set(links.map(({ file }) => file.split("/")[0] ?? file))
    const always = ["README.md", "LICENSE", "package.json"]
    expect([...linked].filter((entry) => ![...files, ...always].includes(entry))).toEqual(["CONTRIBUTING.md"])
  })
})
