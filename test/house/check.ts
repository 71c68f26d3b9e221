import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkArchitecture } from "./Architecture.ts"
import { projectRoot, run, succeed } from "./Command.ts"
import { pack, smoke } from "./Smoke.ts"
import { isSource, listFiles } from "./Tree.ts"

/** A check: it gives one line on what it saw, or fails with what is wrong. */
type Step = (tarball: () => Promise<string>) => Promise<string>

const expectSeen = (tool: string, seen: number, existing: number): void => {
  if (existing === 0 || seen !== existing) {
    throw new Error(
      `${tool} looked at ${seen} files, but the project has ${existing}: its configuration leaves some out.`
    )
  }
}

const sourcesIn = (folders: RegExp): number =>
  listFiles(projectRoot).filter((path) => folders.test(path) && path.endsWith(".ts")).length

const compile = async (project: string, folders: RegExp): Promise<number> => {
  await succeed("tsc", ["-p", project])
  const listed = await succeed("tsc", ["-p", project, "--listFilesOnly"])
  const own = listed.split("\n").filter((path) => path.startsWith(projectRoot) && !path.includes("/node_modules/"))
  expectSeen(`tsc -p ${project}`, own.length, sourcesIn(folders))
  return own.length
}

const types: Step = async () => {
  const core = await compile("tsconfig.core.json", /^core\//)
  const all = await compile("tsconfig.json", /^((core|adapters|runtimes|test)\/|[^/]+$)/)
  return `${core} files of core without the platform, ${all} files in all`
}

const lint: Step = async () => {
  const ended = await run("oxlint", ["--format", "json", "--deny-warnings", "."])
  const { diagnostics, number_of_files: seen } = JSON.parse(ended.stdout) as {
    readonly diagnostics: ReadonlyArray<unknown>
    readonly number_of_files: number
  }
  if (ended.code !== 0 || diagnostics.length > 0) await succeed("oxlint", ["--format", "unix", "--deny-warnings", "."])
  expectSeen("oxlint", seen, listFiles(projectRoot).filter(isSource).length)
  return `${seen} files`
}

const format: Step = async () => {
  const said = await succeed("oxfmt", ["--check", "."])
  const seen = Number(/ on (\d+) files/.exec(said)?.[1] ?? 0)
  const existing = listFiles(projectRoot).filter(isSource).length
  if (seen < existing) expectSeen("oxfmt", seen, existing)
  return `${seen} files`
}

const architecture: Step = async () => {
  const { sources, violations } = checkArchitecture(projectRoot)
  const tracked = (await succeed("git", ["ls-files", "--cached"])).split("\n").filter(isSource)
  const walked = new Set(listFiles(projectRoot))
  const deleted = new Set((await succeed("git", ["ls-files", "--deleted"])).split("\n"))
  const unseen = tracked.filter((path) => !walked.has(path) && !deleted.has(path))
  if (unseen.length > 0 || sources === 0) {
    throw new Error(`The architecture check read ${sources} files and missed ${unseen.join(", ") || "all"}.`)
  }
  if (violations.length > 0) {
    throw new Error(violations.map((each) => `${each.path}:${each.line} ${each.rule}: ${each.message}`).join("\n"))
  }
  return `${sources} files`
}

const publint: Step = async (tarball) => {
  await succeed("publint", ["run", await tarball(), "--strict"])
  return "the packed manifest and its exports"
}

const packed: Step = async (tarball) => smoke(await tarball())

const steps: Readonly<Record<string, Step>> = { types, lint, format, architecture, publint, smoke: packed }

/** Runs the named checks, or all of them; all run even when one fails. */
const main = async (names: ReadonlyArray<string>): Promise<number> => {
  const scratch = mkdtempSync(join(tmpdir(), "odradek-check-"))
  let packing: Promise<string> | undefined
  const tarball = (): Promise<string> => (packing ??= pack(scratch))
  let failed = 0
  for (const name of names) {
    const started = performance.now()
    const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`
    try {
      const step = steps[name]
      if (step === undefined)
        throw new Error(`There is no check of this name; there are ${Object.keys(steps).join(", ")}.`)
      const saw = await step(tarball)
      console.log(`check ${name}: passed, ${saw} (${seconds()})`)
    } catch (error) {
      failed += 1
      console.log(`check ${name}: failed (${seconds()})\n${error instanceof Error ? error.message : String(error)}`)
    }
  }
  rmSync(scratch, { recursive: true, force: true })
  console.log(`${names.length - failed} passed, ${failed} failed`)
  return failed
}

const asked = process.argv.slice(2)
process.exitCode = (await main(asked.length > 0 ? asked : Object.keys(steps))) === 0 ? 0 : 1
