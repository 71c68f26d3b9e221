import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { projectRoot, succeed } from "./Command.ts"
import { pack, smoke } from "./Smoke.ts"
import { architecture, format, lint, types } from "./Steps.ts"

/** A check of the project; the tarball is packed when the first check asks for it. */
type Step = (tarball: () => Promise<string>) => Promise<string>

const publint: Step = async (tarball) => {
  await succeed("publint", ["run", await tarball(), "--strict"])
  return "the packed manifest and its exports"
}

const packed: Step = async (tarball) => smoke(await tarball())

const steps: Readonly<Record<string, Step>> = {
  types: () => types(projectRoot),
  lint: () => lint(projectRoot),
  format: () => format(projectRoot),
  architecture: () => architecture(projectRoot),
  publint,
  smoke: packed
}

/** Runs the named checks, or all of them; all run even when one fails. */
const main = async (names: ReadonlyArray<string>): Promise<number> => {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "odradek-check-")))
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
