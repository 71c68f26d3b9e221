import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PlanUnreadable, readPlan } from "../../core/simulation/index.ts"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { blocksOf, runBlock } from "./Blocks.ts"

const page = readText(projectRoot, "docs/simulation.md")

const blocks = blocksOf("docs/simulation.md")

const written = (language: string): ReadonlyArray<string> =>
  blocks.filter((block) => block.language === language).map(({ code }) => code)

const node = join(projectRoot, "node_modules/.bin/node")

/** Runs something in a folder of its own, from where the package can be imported. */
const inFolder = <A>(run: (folder: string) => A): A => {
  mkdirSync(join(projectRoot, ".data"), { recursive: true })
  const folder = mkdtempSync(join(projectRoot, ".data", "simulation-"))
  try {
    return run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe("the page on simulation", { timeout: 120_000 }, () => {
  it("shows the lock as it is tested", () => {
    expect(blocks.filter(({ source }) => source !== undefined).length).toBeGreaterThanOrEqual(4)
    const [five = ""] = written("ts")
    expect(readText(projectRoot, "test/core/simulation/LockService.test.ts")).toContain(five.split("\n").at(-2))
  })

  it("has examples that print what it promises", async () => {
    const printing = blocks.filter(({ code, prints }) => prints !== undefined && code.includes("console.log"))
    expect(printing.length).toBe(2)
    for (const block of printing) {
      expect(await runBlock(block)).toEqual({ code: 0, stdout: block.prints, stderr: "" })
    }
  })

  it("has a plan that can be read, and says of every kind of fault what is in it", () => {
    const [example = ""] = written("json")
    expect(readPlan(example).scenario).toBe("lock")
    const kinds = ((): ReadonlyArray<string> => {
      try {
        readPlan(JSON.stringify({ scenario: "lock", seed: 1, faults: [{ kind: "" }] }))
        return []
      } catch (error) {
        if (!(error instanceof PlanUnreadable)) throw error
        return (/one of (.*)\.$/.exec(error.message)?.[1] ?? "").split(", ")
      }
    })()
    expect(kinds.length).toBeGreaterThan(10)
    const rows = page.split("\n").filter((line) => line.startsWith("| `"))
    expect(kinds.filter((kind) => !rows.some((row) => row.split("|")[1]?.includes(`\`${kind}\``)))).toEqual([])
  })

  it("names every invariant of every system, each under its system", () => {
    const folder = "core/scenarios"
    const systems = readdirSync(join(projectRoot, folder), { withFileTypes: true }).filter((one) => one.isDirectory())
    for (const { name } of systems) {
      const section = page.split(/^### /m).find((part) => part.startsWith(`${name}:`)) ?? ""
      const files = readdirSync(join(projectRoot, folder, name)).filter((file) => file.endsWith(".ts"))
      const texts = files.map((file) => readText(projectRoot, `${folder}/${name}/${file}`))
      const invariants = new Set(
        texts.flatMap((text) => [...text.matchAll(/"([A-Z]\d+ [a-z][^"\n]*)"/g)].map(([, one]) => one))
      )
      expect(invariants.size, name).toBeGreaterThan(0)
      expect(
        [...invariants].filter((one) => !section.includes(`\`${one}\``)),
        name
      ).toEqual([])
    }
  })

  it("goes from a planted bug to its drawing by commands that work", () => {
    const [, section = ""] = page.split("## One planted bug, from seed to drawing")
    const commands = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, command = ""]) => command)
    expect(commands.length).toBe(4)
    inFolder((folder) => {
      const odradek = `odradek() { '${node}' --conditions=odradek-source '${join(projectRoot, "runtimes/node/main.ts")}' "$@"; }`
      const bash = (command: string) =>
        spawnSync("bash", ["--norc", "-c", `${odradek}\n${command}`], { cwd: folder, encoding: "utf8" })
      const found = bash(commands[0] ?? "")
      expect({ status: found.status, stderr: found.stderr }).toEqual({ status: 0, stderr: "" })
      // Which seed it is changes with the chain, and the page says the one of its day.
      const seed = /--seed (\d+)/.exec(found.stdout)?.[1]
      const ended = commands
        .slice(1)
        .map((command) => bash(command.replace(/(--seed |half-of-even-)\d+/g, `$1${seed}`)))
      expect(ended.map(({ status }) => status)).toEqual([0, 0, 1])
      expect(ended[0]?.stdout).toMatch(/^shrunk: \d+ faults?, \d+ moves? and \d+ chances?, /m)
      expect(ended[1]?.stdout).toContain("leader of t1")
      expect(readdirSync(folder)).toContain("run.html")
    })
  })
})
