import { cycleRules, importRules, type Project } from "./ImportRules.ts"
import { makeLayout } from "./Layout.ts"
import { fileRules, textRules, type Violation } from "./Rules.ts"
import { parse } from "./SourceFile.ts"
import { isSource, listFiles, readManifest, readText } from "./Tree.ts"

/** What the architecture check saw and what it has to say. */
export interface Findings {
  readonly sources: number
  readonly violations: ReadonlyArray<Violation>
}

/** Files whose text is not ours to judge: written by a tool, a licence, or bytes. */
const isProse = (path: string): boolean =>
  path !== "package-lock.json" && path !== "LICENSE" && !/\.(bin|gz|png)$/.test(path)

/**
 * Checks the rules of the house that lint cannot see, over the tree at `root`.
 *
 * **Details**
 *
 * Imports between rings and folders, the stability of what core takes from effect, and the habits that are a matter
 * of text. Everything that lint sees is configured in `.oxlintrc.json` and only there.
 */
export const checkArchitecture = (root: string): Findings => {
  const files = listFiles(root)
  const sources = files.filter(isSource).map((path) => parse(path, readText(root, path)))
  const project: Project = {
    manifest: readManifest(root),
    layout: makeLayout(root, files),
    files: new Set(files)
  }
  return {
    sources: sources.length,
    violations: [
      ...files.filter(isProse).flatMap((path) => textRules(path, readText(root, path))),
      ...sources.flatMap((file) => fileRules.flatMap((rule) => rule(file))),
      ...sources.flatMap((file) => importRules(project, file)),
      ...cycleRules(project, sources)
    ]
  }
}
