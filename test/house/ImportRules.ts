import { builtinModules } from "node:module"
import { posix } from "node:path"
import { coreOrder, type Layout } from "./Layout.ts"
import type { Violation } from "./Rules.ts"
import type { Reference, SourceFile } from "./SourceFile.ts"
import type { Manifest } from "./Tree.ts"

/** What the import rules know of the project. */
export interface Project {
  readonly manifest: Manifest
  readonly layout: Layout
  readonly files: ReadonlySet<string>
}

/** Whether a specifier names a module of the platform. */
export const isBuiltin = (specifier: string): boolean =>
  specifier.startsWith("node:") || builtinModules.includes(specifier.split("/")[0] ?? specifier)

/** The package that a bare specifier belongs to: `effect`, `@effect/platform-node-shared`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const isRelative = (specifier: string): boolean => specifier.startsWith(".") || specifier.startsWith("/")

const ringOf = (path: string): string => path.split("/")[0] ?? ""

const isPublished = (path: string): boolean => /^(core|adapters|runtimes)\//.test(path)

/** The folder of an example: it is an application of its own. */
const exampleOf = (path: string): string | undefined => /^examples\/[^/]+\//.exec(path)?.[0]

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

/** The folder of core that a file belongs to in the order, such as `log` or `ports/contract`. */
const placeOf = (unit: string): string => unit.slice("core/".length)

/**
 * The only published files that may name a module at run time, and why they cannot name it in their text.
 *
 * - `runtimes/simulate/mutants/LoadModule.ts`: loads a planted bug, whose modules were written a moment before
 * - `runtimes/node/lambda/SandboxMain.ts`: loads the function that a person has named
 */
const computing: ReadonlySet<string> = new Set([
  "runtimes/simulate/mutants/LoadModule.ts",
  "runtimes/node/lambda/SandboxMain.ts"
])

type Report = (rule: string, message: string) => void

const judgeBare = (project: Project, file: SourceFile, specifier: string, report: Report): void => {
  const name = packageOf(specifier)
  if (specifier === "effect") report("effect-barrel", "Import effect/Module; the barrel loads all of effect.")
  if (isBuiltin(specifier)) {
    if (ringOf(file.path) === "core") report("core-outside", `core imports no platform module, but names ${specifier}.`)
    return
  }
  if (ringOf(file.path) === "core" && name !== "effect") {
    report("core-outside", `core imports no package but effect, but names ${specifier}.`)
  }
  if (isPublished(file.path)) {
    const { dependencies, peerDependencies } = project.manifest
    // The manifest is elsewhere from a source than from what it is compiled to, so it alone goes by its name.
    if (specifier === `${project.manifest.name}/package.json`) return
    if (name === project.manifest.name) report("self-import", `Name ${specifier} by its relative path.`)
    else if (dependencies?.[name] === undefined && peerDependencies?.[name] === undefined) {
      report("undeclared-package", `${name} is neither a dependency nor a peer in package.json.`)
    }
  }
}

const judgeRing = (file: SourceFile, target: string, report: Report): boolean => {
  const [from, to] = [ringOf(file.path), ringOf(target)]
  if (from === "core" && to !== "core") report("core-outside", `core imports itself and effect, but names ${target}.`)
  else if (from === "adapters" && to === "runtimes")
    report("adapter-runtime", `An adapter knows no runtime: ${target}.`)
  else if (!isPublished(target)) report("unpublished", `${target} is not part of the package.`)
  else if (from === "adapters" && to === "adapters" && file.path.split("/")[1] !== target.split("/")[1]) {
    report("adapter-adapter", `Adapters never import each other: ${target}; what two share is pure, or is a port.`)
  } else return true
  return false
}

const judgeRelative = (project: Project, file: SourceFile, specifier: string, report: Report): void => {
  const target = posix.normalize(posix.join(folderOf(file.path), specifier))
  if (!project.files.has(target)) return report("unresolved", `${specifier} names no file of the project.`)
  const example = exampleOf(file.path)
  if (example !== undefined && exampleOf(target) !== example) {
    report("example-outside", `An example imports itself and packages, as an application does, but names ${target}.`)
  }
  if (!isPublished(file.path) || !judgeRing(file, target, report)) return
  const [from, to] = [project.layout.unitOf(file.path), project.layout.unitOf(target)]
  if (from === to) return
  const isSharedParent = ringOf(file.path) === "adapters" && from.startsWith(`${to}/`)
  if (target !== `${to}/index.ts` && !isSharedParent) {
    report("past-index", `${to} is used through ${to}/index.ts, not ${target}.`)
  }
  if (ringOf(file.path) !== "core") return
  const allowed = coreOrder[placeOf(from)]
  if (allowed !== "anything" && allowed?.includes(placeOf(to)) !== true) {
    report("core-order", `${from} may import ${allowed?.join(", ") || "nothing"}, but names ${to}.`)
  }
}

/** Judges every reference of a file to another module. */
export const importRules = (project: Project, file: SourceFile): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const unit = project.layout.unitOf(file.path)
  if (ringOf(file.path) === "core" && coreOrder[placeOf(unit)] === undefined) {
    const message = `${unit} has no place in the order of core; give it one in test/house/Layout.ts.`
    found.push({ path: file.path, line: 1, rule: "core-order", message })
  }
  for (const reference of file.references) {
    const report: Report = (rule, message) => {
      found.push({ path: file.path, line: reference.line, rule, message })
    }
    if (reference.specifier === undefined) {
      if (isPublished(file.path) && !computing.has(file.path))
        report("computed-import", "A module is named by a literal, so that checks can read it.")
    } else if (isRelative(reference.specifier)) judgeRelative(project, file, reference.specifier, report)
    else judgeBare(project, file, reference.specifier, report)
  }
  return found
}

interface Edge {
  readonly from: string
  readonly to: string
  readonly path: string
  readonly line: number
}

/**
 * Folders as a file sees them: exported folders between units; inside a unit its plain folders, where a folder and the
 * folders in it count as one.
 */
const edgeOf = (project: Project, file: SourceFile, reference: Reference): Edge | undefined => {
  if (reference.specifier === undefined || !isRelative(reference.specifier)) return undefined
  const target = posix.normalize(posix.join(folderOf(file.path), reference.specifier))
  if (!project.files.has(target) || !isPublished(target)) return undefined
  const units = [project.layout.unitOf(file.path), project.layout.unitOf(target)] as const
  const [from, to] = units[0] === units[1] ? [folderOf(file.path), folderOf(target)] : units
  const isNested = units[0] === units[1] && (from.startsWith(`${to}/`) || to.startsWith(`${from}/`))
  return from === to || isNested ? undefined : { from, to, path: file.path, line: reference.line }
}

/** Finds folders that import each other, whether directly or in a round; types count. */
export const cycleRules = (project: Project, files: ReadonlyArray<SourceFile>): ReadonlyArray<Violation> => {
  const edges = files
    .filter((file) => isPublished(file.path))
    .flatMap((file) => file.references.flatMap((reference) => edgeOf(project, file, reference) ?? []))
  const next = new Map<string, Set<string>>()
  for (const edge of edges) next.set(edge.from, (next.get(edge.from) ?? new Set()).add(edge.to))
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>()
    const pending = [from]
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at === to) return true
      if (seen.has(at)) continue
      seen.add(at)
      pending.push(...(next.get(at) ?? []))
    }
    return false
  }
  return edges
    .filter((edge) => reaches(edge.to, edge.from))
    .map((edge) => ({
      path: edge.path,
      line: edge.line,
      rule: "folder-cycle",
      message: `${edge.from} imports ${edge.to}, which leads back to ${edge.from}.`
    }))
}
