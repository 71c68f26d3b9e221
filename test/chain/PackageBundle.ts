import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"
import type { Mutant, Patch } from "../../runtimes/simulate/index.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Sizes with which a node takes, sends and forgets within seconds what it else keeps for hours. */
const smallSizes: ReadonlyArray<Patch> = [
  { file: "core/chain/ChainSettings.ts", find: "keepBlocks: 1024,", replace: "keepBlocks: 16," },
  { file: "core/chain/ChainSettings.ts", find: "snapshotBytes: 64 << 20,", replace: "snapshotBytes: 40 << 10," },
  { file: "core/chain/ChainSettings.ts", find: "chunkBytes: 1 << 20,", replace: "chunkBytes: 1 << 10," },
  { file: "core/chain/host/CheckOptions.ts", find: "segmentBytes: 16 << 20", replace: "segmentBytes: 16 << 10" }
]

const change = (folder: string, { file, find, replace }: Patch): void => {
  const path = join(folder, file)
  const parts = readFileSync(path, "utf8").split(find)
  if (parts.length !== 2) {
    throw new Error(`What is to be changed stands in ${file} ${parts.length - 1} times: write its patch anew: ${find}`)
  }
  writeFileSync(path, parts.join(replace))
}

/** How the program is to differ from the package. */
export interface BundleOptions {
  /** Whether a node is to keep as little as it can. */
  readonly small: boolean
  /** A bug that it is to have. */
  readonly mutant?: Mutant | undefined
}

/**
 * Copies the package's sources into a folder, with what is to be different, and makes a program of them whose path it
 * gives.
 *
 * **Details**
 *
 * Nodes that are started again and again run the same sources to the end, whatever is edited meanwhile, and start in a
 * fraction of the time that they need from their sources: a process that is killed leaves nothing in Node's cache.
 */
export const bundlePackage = (folder: string, { mutant, small }: BundleOptions): string => {
  mkdirSync(folder)
  for (const name of ["package.json", "core", "adapters", "runtimes"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  for (const patch of [...(small ? smallSizes : []), ...(mutant?.patches ?? [])]) change(folder, patch)
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
