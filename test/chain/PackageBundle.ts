import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"
import type { Mutant } from "../../runtimes/simulate/index.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

const plant = (folder: string, { name, patches }: Mutant): void => {
  for (const { file, find, replace } of patches) {
    const path = join(folder, file)
    const parts = readFileSync(path, "utf8").split(find)
    if (parts.length !== 2) {
      throw new Error(
        `${name} changes a text that ${file} has ${parts.length - 1} times: write its patch anew: ${find}`
      )
    }
    writeFileSync(path, parts.join(replace))
  }
}

/**
 * Copies the package's sources into a folder, with a bug planted in them where one is given, and makes a program of them
 * whose path it gives.
 *
 * **Details**
 *
 * Nodes that are started again and again run the same sources to the end, whatever is edited meanwhile, and start in a
 * fraction of the time that they need from their sources: a process that is killed leaves nothing in Node's cache.
 */
export const bundlePackage = (folder: string, mutant?: Mutant): string => {
  mkdirSync(folder)
  for (const name of ["package.json", "core", "adapters", "runtimes"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  if (mutant !== undefined) plant(folder, mutant)
  const outdir = join(folder, "bundle")
  buildSync({
    entryPoints: [join(folder, "runtimes/node/main.ts")],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: ["odradek-source"],
    external: ["kafkajs", "@platformatic/kafka", "esbuild"],
    // What is not written as a module asks for Node's own modules with it.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    logLevel: "error"
  })
  return join(outdir, "main.js")
}
