import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { problemKinds } from "../../adapters/http/index.ts"
import { projectRoot } from "../house/Command.ts"
import { makeLayout } from "../house/Layout.ts"
import { listFiles, readText } from "../house/Tree.ts"

const page = readText(projectRoot, "docs/errors.md")
const files = listFiles(projectRoot)
const sources = files.filter((path) => /^(core|adapters|runtimes)\/.*\.ts$/.test(path))
const text = sources.map((path) => readText(projectRoot, path)).join("\n\n")

/** The errors that the page has, with the reasons that their tables have. */
const told = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [name = ""] = section.split("\n")
      return [name, [...section.matchAll(/^\| `(\w+)` /gm)].map(([, reason = ""]) => reason)] as const
    })
)

/** The texts that a type of texts has, wherever it is declared. */
const membersOf = (type: string): ReadonlyArray<string> => {
  const literals = [...type.matchAll(/"(\w+)"/g)].map(([, literal = ""]) => literal)
  const named = [...type.replaceAll(/"\w+"/g, "").matchAll(/\b[A-Z]\w+/g)].flatMap(([name]) => {
    const declared = new RegExp(`^export type ${name} =([^]*?)\\n\\n`, "m").exec(text)?.[1]
    if (declared === undefined) throw new Error(`There is no type ${name}, of which a reason of an error is.`)
    return membersOf(declared.replaceAll(/\/\*\*.*?\*\//gs, ""))
  })
  return [...literals, ...named]
}

/** The reasons of an error's class: none where it has no such field. */
const reasonsOf = (name: string): ReadonlyArray<string> => {
  const fields = new RegExp(`^export class ${name} extends .*?<\\{(.*?)\\}>`, "ms").exec(text)?.[1]
  if (fields === undefined) throw new Error(`The class ${name} is not written as tagged errors are here.`)
  const type = /\breadonly reason: ([^\n]*?)(?= readonly |\n| \}|$)/.exec(fields)?.[1]
  return type === undefined ? [] : membersOf(type)
}

describe("the page on errors", () => {
  const exported = new Set<string>()

  beforeAll(async () => {
    for (const folder of makeLayout(projectRoot, files).exported) {
      const face = (await import(join(projectRoot, folder, "index.ts"))) as Readonly<Record<string, unknown>>
      for (const [name, value] of Object.entries(face)) {
        if (typeof value === "function" && value.prototype instanceof Error) exported.add(name)
      }
    }
  })

  it("has every error that the package exports, and no other", () => {
    expect(exported.size).toBeGreaterThan(40)
    expect([...told.keys()].toSorted()).toEqual([...exported].toSorted())
  })

  it("has every reason of each, and no other", () => {
    const wrong = [...exported].flatMap((name) => {
      const [reasons, rows] = [reasonsOf(name).toSorted(), told.get(name)?.toSorted() ?? []]
      return reasons.join() === rows.join() ? [] : [{ name, reasons, rows }]
    })
    expect(wrong).toEqual([])
    expect(told.get("JournalError")?.length).toBe(8)
  })

  it("says of the kinds of problems over HTTP where they are, which has them all", () => {
    const names = Object.keys(problemKinds)
    const rows = [...readText(projectRoot, "docs/http.md").matchAll(/^\| `([\w-]+)` +\| \d{3} /gm)].map(
      ([, name = ""]) => name
    )
    expect(names.length).toBeGreaterThan(15)
    expect(rows.toSorted()).toEqual(names.toSorted())
  })
})
