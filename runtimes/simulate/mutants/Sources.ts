import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

const isCompiled = import.meta.url.endsWith(".js")

/** The folder whose modules the running program has: the package, or its `dist`. */
const running = new URL("../../../", import.meta.url)

/** The package: sources are shipped beside what was compiled from them. */
const sources = isCompiled ? new URL("../", running) : running

const { resolve } = createRequire(import.meta.url)

/** Whatever a module loads: type imports are not among it. */
const importPattern = /^((?:import|export) (?:(?:\{[^}]*\}|\*(?: as \w+)?|\w+) from )?)"([^"]+)"/gm

/** A source of the package, by its path: its text, and the sources of the package that it loads. */
export interface Source {
  readonly text: string
  readonly imports: ReadonlyArray<string>
}

const known = new Map<string, Source>()

/** The path that an import means, seen from `file`; `undefined` for another package. */
const pathOf = (file: string, specifier: string): string | undefined =>
  specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : undefined

/** Reads a source once; `undefined` where there is none. */
export const sourceOf = (file: string): Source | undefined => {
  const before = known.get(file)
  if (before !== undefined) return before
  let text: string
  try {
    text = readFileSync(new URL(file, sources), "utf8")
  } catch {
    return undefined
  }
  const imports = [...text.matchAll(importPattern)].flatMap(([, , specifier = ""]) => pathOf(file, specifier) ?? [])
  const source = { text, imports }
  known.set(file, source)
  return source
}

/** Where the running program has the module of a source. */
export const runningModule = (file: string): string =>
  new URL(isCompiled ? file.replace(/\.ts$/, ".js") : file, running).href

/**
 * A source as a module that can stand anywhere: what it loads is another copy where `isCopied` says so, else the very
 * module that the running program has.
 */
export const copyOf = (file: string, text: string, isCopied: (file: string) => boolean): string =>
  text.replace(importPattern, (_, head: string, specifier: string) => {
    const path = pathOf(file, specifier)
    if (path === undefined)
      return `${head}"${specifier.startsWith("node:") ? specifier : pathToFileURL(resolve(specifier)).href}"`
    return `${head}"${isCopied(path) ? specifier : runningModule(path)}"`
  })
