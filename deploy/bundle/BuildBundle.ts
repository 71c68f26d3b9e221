import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { build } from "esbuild"
import { zipSync } from "fflate"
import type { Bundle } from "./Bundles.ts"
import { licencesOf } from "./Licences.ts"

/** A bundle that was built: its folder with the modules, its zip file, and how many bytes each is, without the licences. */
export interface Built {
  readonly folder: string
  readonly zip: string
  readonly bytes: number
  readonly zipBytes: number
}

/** Packages that are not modules of ECMAScript call it. */
const banner = `import{createRequire as odradekRequire}from"node:module";const require=odradekRequire(import.meta.url);`

/** The same files give the same zip file, so that nothing is deployed anew without need. */
const mtime = "1980-01-01T12:00:00"

/**
 * Builds a bundle from the sources in `root`: its modules into a folder of `work`, and a zip file for Lambda into `into`.
 *
 * **Details**
 *
 * The handler is `index.handler`. What is imported when it is needed comes into files of its own, since only so the bundler
 * leaves out what is not used of it.
 */
export const buildBundle = async (bundle: Bundle, root: string, work: string, into: string): Promise<Built> => {
  const { alias, entry, external, name } = bundle
  const folder = join(work, name)
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    conditions: ["odradek-source", "module"],
    external: [...external],
    alias: Object.fromEntries(Object.entries(alias).map(([from, to]) => [from, join(root, to)])),
    banner: { js: banner },
    legalComments: "none",
    metafile: true,
    logLevel: "warning"
  })
  const modules = Object.keys(metafile.outputs).map((path) => join(root, path))
  const contents = modules.map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
  const licences = new TextEncoder().encode(licencesOf(Object.keys(metafile.inputs), root))
  const files = Object.fromEntries(
    [...contents, ["LICENCES.txt", licences] as const].sort(([a], [b]) => (a < b ? -1 : 1))
  )
  const zipped = zipSync(files, { level: 9, mtime })
  mkdirSync(into, { recursive: true })
  const zip = join(into, `${name}.zip`)
  writeFileSync(zip, zipped)
  const bytes = contents.reduce((sum, [, content]) => sum + content.length, 0)
  return { folder, zip, bytes, zipBytes: zipped.length }
}
