import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Mutant } from "./Mutant.ts"
import { MutantRefused } from "./MutantRefused.ts"
import { copyOf, runningModule, sourceOf } from "./Sources.ts"

/** The texts of the files that a mutant changes. */
const patched = ({ name, patches }: Mutant): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  for (const { file, find, replace } of patches) {
    const text = texts.get(file) ?? sourceOf(file)?.text
    const refuse = (reason: MutantRefused["reason"], message: string) =>
      new MutantRefused({ reason, mutant: name, file, message })
    if (text === undefined) throw refuse("NoSource", `${file}, which ${name} changes, is not in the package.`)
    const at = text.indexOf(find)
    if (at < 0) {
      throw refuse("NotThere", `${name} changes a text that ${file} does not have; write its patch anew: ${find}`)
    }
    if (text.includes(find, at + 1)) {
      throw refuse("Ambiguous", `${name} changes a text that ${file} has more than once; make it longer: ${find}`)
    }
    texts.set(file, text.slice(0, at) + replace + text.slice(at + find.length))
  }
  return texts
}

/** All sources from `entries` on through which a changed one is reached, the changed ones included. */
const reaching = (entries: ReadonlyArray<string>, changed: ReadonlySet<string>): ReadonlySet<string> => {
  const found = new Map<string, boolean>()
  const visit = (file: string): boolean => {
    const before = found.get(file)
    if (before !== undefined) return before
    found.set(file, changed.has(file))
    let reaches = changed.has(file)
    for (const one of sourceOf(file)?.imports ?? []) reaches = visit(one) || reaches
    found.set(file, reaches)
    return reaches
  }
  for (const entry of entries) visit(entry)
  return new Set([...found].filter(([, reaches]) => reaches).map(([file]) => file))
}

/** The texts of all modules that a mutant consists of, by their place in the folder of copies. */
const plan = (mutant: Mutant, entries: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const changed = patched(mutant)
  const copied = reaching(entries, new Set(changed.keys()))
  for (const file of changed.keys()) {
    if (!copied.has(file)) {
      const message = `${mutant.name} changes ${file}, which none of ${entries.join(", ")} loads; it would change nothing.`
      throw new MutantRefused({ reason: "Unused", mutant: mutant.name, file, message })
    }
  }
  const isCopied = (file: string): boolean => copied.has(file)
  return new Map(
    [...copied].map((file) => [file, copyOf(file, changed.get(file) ?? sourceOf(file)?.text ?? "", isCopied)])
  )
}

/** Loads the module of a URL: `(url) => import(url)`, as the program that runs the mutant would. */
export type LoadModule = (url: string) => Promise<unknown>

/**
 * Builds a planted bug, and gives the modules of `entries` as they are with it.
 *
 * **Details**
 *
 * `entries` are paths in the package, such as `core/chain/index.ts`. The changed sources, and all between them and the
 * entries, are copied into a fresh folder, loaded from there, and the folder is removed. It is one of the system's for
 * what is temporary, so that Node takes the types away also where the package itself lies below `node_modules`.
 * Everything else that they import is the very module that the running program has, and an entry that no change reaches
 * is given as the program has it. Each call builds anew: two mutants share no state of a changed module.
 *
 * Rejects with {@link MutantRefused} where a patch does not apply exactly once.
 */
export const buildMutant = async <Modules extends ReadonlyArray<unknown>>(
  mutant: Mutant,
  entries: { readonly [At in keyof Modules]: string },
  load: LoadModule
): Promise<Modules> => {
  const modules = plan(mutant, entries)
  const folder = mkdtempSync(join(tmpdir(), `odradek-mutant-${process.pid}-`))
  try {
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
    for (const folderOf of new Set([...modules.keys()].map(dirname))) {
      mkdirSync(join(folder, folderOf), { recursive: true })
    }
    for (const [file, text] of modules) writeFileSync(join(folder, file), text)
    const placeOf = (entry: string): string =>
      modules.has(entry) ? pathToFileURL(join(folder, entry)).href : runningModule(entry)
    return (await Promise.all(entries.map((entry) => load(placeOf(entry))))) as unknown as Modules
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
