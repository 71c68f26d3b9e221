import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chainDefaults } from "../../core/chain/index.ts"
import { nodeDefaults } from "../../core/chain/host/CheckOptions.ts"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

const page = readText(projectRoot, "docs/chain.md")

const sectionOf = (title: string): string => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ""

/** The cells of each row of a section's tables, without the heads. */
const rowsOf = (title: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...sectionOf(title).matchAll(/^\| ([^\n]*) \|$/gm)].map(([, row = ""]) => row.split("|").map((cell) => cell.trim()))

/** Examples, each with what the page promises that it prints. */
const examples = [...page.matchAll(/^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map(
  ([, code = "", promised = ""]) => [code, promised] as const
)

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** The same with ports that nobody has. */
const withFreePorts = async (code: string): Promise<string> => {
  let free = code
  for (const port of ["7001", "7002", "7003"]) free = free.replaceAll(port, `${await freePort()}`)
  return free
}

const sizes: Readonly<Record<string, number>> = { KiB: 1 << 10, MiB: 1 << 20 }

/** A number as the page writes it: `64 MiB`, `10,000`. */
const numberIn = (text: string): number => {
  const [digits = "", unit = ""] = text.split(" ")
  return Number(digits.replaceAll(",", "")) * (sizes[unit] ?? 1)
}

describe("the page on the chain", () => {
  it("has examples that print what it promises", async () => {
    expect(examples.length).toBe(2)
    for (const [code, promised] of examples) {
      mkdirSync(join(projectRoot, ".data"), { recursive: true })
      const folder = mkdtempSync(join(projectRoot, ".data", "chain-"))
      try {
        writeFileSync(join(folder, "example.ts"), await withFreePorts(code))
        const node = join(projectRoot, "node_modules/.bin/node")
        const ended = spawnSync(node, ["--conditions=odradek-source", "example.ts"], { cwd: folder, encoding: "utf8" })
        expect({ stdout: ended.stdout, stderr: ended.stderr }).toEqual({ stdout: promised, stderr: "" })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  })

  it("has every setting of a node, with its default", () => {
    const rows = rowsOf("Settings").flatMap(([name = "", value = ""]) =>
      name.startsWith("`") ? [[name.slice(1, -1), value] as const] : []
    )
    const told = new Map(rows.map(([name, value]) => [name, numberIn(value)]))
    expect(Object.entries(chainDefaults).filter(([name, value]) => told.get(name) !== value)).toEqual([])
    expect(rows.map(([name]) => name)).toContain("leaseDriftPercent")
    expect(Object.entries(nodeDefaults).filter(([name, value]) => told.get(name) !== value)).toEqual([])
  })

  it("says of every file of the chain where it stands, and of no other", () => {
    const named = rowsOf("Where each file stands").flatMap(([files = ""]) =>
      [...files.matchAll(/`([\w/.]+)`/g)].map(([, file]) => file ?? "")
    )
    const entries = readdirSync(join(projectRoot, "core/chain"), { withFileTypes: true })
    const there = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    expect(there.filter((file) => file !== "index.ts" && !named.includes(file))).toEqual([])
    expect(named.filter((file) => file !== "core/chain" && !existsSync(join(projectRoot, "core/chain", file)))).toEqual(
      []
    )
  })

  it("lists every story, and no other", () => {
    const listed = rowsOf("Scripts").flatMap(([script = ""]) => /^`([\w-]+)`$/.exec(script)?.[1] ?? [])
    const folder = join(projectRoot, "test/simulation/scripts")
    const there = readdirSync(folder).flatMap((file) => (file.endsWith(".txt") ? [file.slice(0, -4)] : []))
    expect(listed.toSorted()).toEqual(there.toSorted())
  })
})
