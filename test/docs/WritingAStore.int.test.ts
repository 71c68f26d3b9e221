import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as Contract from "../../core/ports/contract/index.ts"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { blocksOf } from "./Blocks.ts"

const page = readText(projectRoot, "docs/writing-a-store.md")

describe("the page on writing a store", () => {
  it("shows the store and its tests whole", () => {
    const shown = blocksOf("docs/writing-a-store.md").flatMap(({ code, source }) =>
      source === undefined ? [] : [[source, code.slice(code.indexOf("\n") + 1)] as const]
    )
    const files = readdirSync(join(projectRoot, "test/docs/store")).map((file) => `test/docs/store/${file}`)
    expect(shown.map(([file]) => file).sort()).toEqual(files.sort())
    for (const [file, code] of shown) expect(code, file).toBe(readText(projectRoot, file))
  })

  it("names every suite of stores, and every member that their subjects have", () => {
    const suites = Object.keys(Contract).filter((name) => /^journal.*Contract$/.test(name))
    const texts = ["JournalHazardSubject", "JournalStoreSubject"].map((name) =>
      readText(projectRoot, `core/ports/contract/${name}.ts`).replace(/^[^]*export interface Journal\w+Subject/, "")
    )
    const members = texts.flatMap((text) => [...text.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name))
    expect(suites.length).toBeGreaterThan(2)
    expect(members.length).toBeGreaterThan(8)
    expect([...suites, ...members].filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it("names every member of the port and every step that it writes", () => {
    const port = readText(projectRoot, "core/ports/JournalStore.ts")
    const [, store = ""] = port.split("export interface JournalStore ")
    const members = [...store.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => `\`${name}`)
    const steps = [...port.matchAll(/readonly _tag: "(\w+)"/g)].map(([, name]) => `\`${name}\``)
    expect(members.length).toBeGreaterThan(7)
    expect(steps.length).toBeGreaterThan(4)
    expect([...members, ...steps].filter((name) => !page.includes(name))).toEqual([])
  })
})
