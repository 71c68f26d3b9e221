import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

const [, promised = "", not = ""] = readText(projectRoot, "docs/guarantees.md").split(/^## /m)

const rowsOf = (section: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...section.matchAll(/^\| ([^\n]*) \|$/gm)]
    .map(([, row = ""]) => row.split("|").map((cell) => cell.trim()))
    .filter(([first = ""]) => !/^(-+|promised|not promised)$/.test(first))

const evidence = rowsOf(promised).map(([what = "", , shown = ""]) => ({ what, shown }))

describe("the page on what is promised", () => {
  it("says of each promise what shows it", () => {
    expect(evidence.length).toBeGreaterThan(15)
    expect(evidence.filter(({ shown }) => !/`[A-Z]\d`|story \d|`test\//.test(shown))).toEqual([])
  })

  it("names invariants of the simulation", () => {
    const page = readText(projectRoot, "docs/simulation.md")
    const named = evidence.flatMap(({ shown }) => [...shown.matchAll(/`([A-Z]\d+)`/g)].map(([, name = ""]) => name))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !page.includes(`| \`${name} `))).toEqual([])
  })

  it("names stories that are told", () => {
    const page = readText(projectRoot, "docs/reliability.md")
    const named = (promised + not).match(/(?<=story )\d+/g) ?? []
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((number) => !new RegExp(`^\\| ${number} +\\|`, "m").test(page))).toEqual([])
  })

  it("names tests that are there", () => {
    const named = (promised.match(/test\/[\w/.]+\.ts/g) ?? []).filter((path) => !existsSync(join(projectRoot, path)))
    expect(named).toEqual([])
  })

  it("says of everything that is not promised what to do instead", () => {
    const rows = rowsOf(not)
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.filter(([, instead = ""]) => instead === "")).toEqual([])
  })
})
