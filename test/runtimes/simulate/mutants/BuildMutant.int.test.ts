import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { transformSync } from "esbuild"
import { describe, expect, it } from "vitest"
import * as journal from "../../../../core/journal/index.ts"
import { buildMutant } from "../../../../runtimes/simulate/mutants/BuildMutant.ts"
import type { Mutant, Patch } from "../../../../runtimes/simulate/mutants/Mutant.ts"
import { MutantRefused } from "../../../../runtimes/simulate/mutants/MutantRefused.ts"
import { loadModule } from "./LoadModule.ts"

type Modules = readonly [typeof journal]

const mutant = (...patches: ReadonlyArray<Patch>): Mutant => ({ name: "planted", system: "journal", why: "", patches })

const file = "core/journal/fold/TailSummary.ts"
const appendedToOne: Patch = { file, find: "appendedTo: 0,", replace: "appendedTo: 7," }
const deletion = { _tag: "Delete", journalId: "a", timestamp: 0, origin: undefined, version: undefined, to: 1 } as const

const built = (...patches: ReadonlyArray<Patch>) =>
  buildMutant<Modules>(mutant(...patches), ["core/journal/index.ts"], loadModule)

const refusal = async (patch: Patch): Promise<MutantRefused> => {
  try {
    await built(patch)
  } catch (error) {
    if (error instanceof MutantRefused) return error
    throw error
  }
  throw new Error("The mutant was built.")
}

const root = new URL("../../../../", import.meta.url)

/** A program that builds a mutant with the package in `folder`, and prints what it then does. */
const program = (face: string, journalFace: string): string => `
  import { buildMutant } from ${JSON.stringify(face)}
  import * as real from ${JSON.stringify(journalFace)}
  const mutant = ${JSON.stringify(mutant(appendedToOne))}
  const [mad] = await buildMutant(mutant, ["core/journal/index.ts"], (url) => import(url))
  const run = ({ TailSummary }) => TailSummary.extended(undefined, ${JSON.stringify(deletion)}, 3).appendedTo
  console.log(JSON.stringify([run(real), run(mad), real.JournalError === mad.JournalError]))
`

/** Puts the package into a folder of modules as npm would: its sources, and what is compiled from them. */
const install = (modules: string): void => {
  const at = join(modules, "odradek")
  const from = fileURLToPath(root)
  for (const name of ["package.json", "core", "runtimes/simulate/mutants"]) {
    cpSync(join(from, name), join(at, name), { recursive: true })
  }
  for (const name of readdirSync(at, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue
    const { code } = transformSync(readFileSync(join(at, name), "utf8"), { loader: "ts", format: "esm" })
    const compiled = join(at, "dist", name.replace(/\.ts$/, ".js"))
    mkdirSync(dirname(compiled), { recursive: true })
    writeFileSync(compiled, code.replaceAll(/(from |import )"(\.[^"]+)\.ts"/g, `$1"$2.js"`))
  }
  symlinkSync(join(from, "node_modules/effect"), join(modules, "effect"))
}

describe("a planted bug", () => {
  it("is a copy of the modules with one text changed, beside the modules themselves", async () => {
    const [mad] = await built(appendedToOne)
    expect(mad.TailSummary.extended(undefined, deletion, 3)?.appendedTo).toBe(7)
    expect(journal.TailSummary.extended(undefined, deletion, 3)?.appendedTo).toBe(0)
  })

  it("may change several texts, also of one file", async () => {
    const [mad] = await built(appendedToOne, { file, find: "deletedTo: 0,", replace: "deletedTo: 8," })
    expect(mad.TailSummary.extended(undefined, deletion, 3)).toMatchObject({ appendedTo: 7, deletedTo: 8 })
  })

  it("shares every module that its change does not reach", async () => {
    const [mad] = await built(appendedToOne)
    expect(mad.JournalError).toBe(journal.JournalError)
    expect(mad.PartitionCache.partitionCache).not.toBe(journal.PartitionCache.partitionCache)
  })

  it("shares no state of a module with another build of it", async () => {
    const [[one], [other]] = await Promise.all([built(appendedToOne), built(appendedToOne)])
    expect(one.TailSummary.extended).not.toBe(other.TailSummary.extended)
  })

  it("leaves no folder behind", async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`odradek-mutant-${process.pid}-`))
    await built(appendedToOne)
    await built({ ...appendedToOne, replace: "appendedTo: ]," }).catch(() => undefined)
    expect(folders()).toEqual([])
  })

  it("is refused where its text does not stand in the file", async () => {
    const refused = await refusal({ file, find: "nowhere at all", replace: "" })
    expect(refused).toMatchObject({ reason: "NotThere", mutant: "planted", file })
    expect(refused.message).toContain("planted")
  })

  it("is refused where its text stands in the file more than once", async () => {
    expect(await refusal({ file, find: "deleteTo", replace: "" })).toMatchObject({ reason: "Ambiguous" })
  })

  it("is refused where nothing that was asked for loads the file", async () => {
    const refused = await refusal({ file: "core/broker/Offsets.ts", find: "export class", replace: "export  class" })
    expect(refused.reason).toBe("Unused")
  })

  it("is refused where the package has no such file", async () => {
    expect(await refusal({ file: "core/journal/Nothing.ts", find: "", replace: "" })).toMatchObject({
      reason: "NoSource"
    })
  })

  it("is built by Node from the sources, also in a worker thread", () => {
    const text = program(
      new URL("runtimes/simulate/mutants/BuildMutant.ts", root).href,
      new URL("core/journal/index.ts", root).href
    )
    const worker = `
      import { Worker } from "node:worker_threads"
      new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(text)})))
    `
    for (const code of [text, worker]) {
      const told = execFileSync("node", ["--conditions=odradek-source", "--input-type=module", "--eval", code], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"]
      })
      expect(JSON.parse(told)).toEqual([0, 7, true])
    }
  })

  it("is built by Node from the shipped sources where the package is installed and compiled", () => {
    const folder = mkdtempSync(join(tmpdir(), "odradek-installed-"))
    try {
      install(join(folder, "node_modules"))
      const main = join(folder, "main.mjs")
      writeFileSync(
        main,
        program("./node_modules/odradek/dist/runtimes/simulate/mutants/BuildMutant.js", "odradek/core/journal")
      )
      const told = execFileSync("node", [main], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      expect(JSON.parse(told)).toEqual([0, 7, true])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
