import { existsSync } from "node:fs"
import { join, relative } from "node:path"
import { checkArchitecture } from "./Architecture.ts"
import { succeed } from "./Command.ts"
import { isSource, listFiles } from "./Tree.ts"

/**
 * A check over the tree at `root`: it gives a few words on what it saw, or fails with what is wrong.
 *
 * **Details**
 *
 * What a tool says it saw is compared with the files that exist, so that a tool which skips some is a failure.
 */
export type TreeCheck = (root: string) => Promise<string>

const expectSeen = (tool: string, seen: number, existing: number): void => {
  if (existing === 0 || seen !== existing) {
    throw new Error(
      `${tool} looked at ${seen} files, but the project has ${existing}: its configuration leaves some out.`
    )
  }
}

const sourcesIn = (root: string, folders: RegExp): number =>
  listFiles(root).filter((path) => folders.test(path) && path.endsWith(".ts")).length

const compile = async (root: string, project: string, folders: RegExp): Promise<number> => {
  await succeed("tsc", ["-p", project], { cwd: root })
  const listed = await succeed("tsc", ["-p", project, "--listFilesOnly"], { cwd: root })
  const own = listed
    .split("\n")
    .filter((path) => path.startsWith(root) && path.endsWith(".ts") && !path.includes("/node_modules/"))
  expectSeen(`tsc -p ${project}`, own.length, sourcesIn(root, folders))
  return own.length
}

/** What runs at the edge, and its project, which has the names of a worker and none of Node. */
const edge = { project: "tsconfig.edge.json", folders: /^(adapters\/dynamodb\/fetch|runtimes\/edge)\// }

/** Compiles what runs at the edge as a worker has it: nothing that it imports may bring the types of Node along. */
const compileEdge = async (root: string): Promise<number> => {
  await succeed("tsc", ["-p", edge.project], { cwd: root })
  const listed = (await succeed("tsc", ["-p", edge.project, "--listFilesOnly"], { cwd: root })).split("\n")
  const nodeTypes = listed.find((path) => path.includes("/node_modules/@types/node/"))
  if (nodeTypes !== undefined) throw new Error(`tsc -p ${edge.project} has seen the types of Node: ${nodeTypes}.`)
  const own = listed.filter((path) => path.startsWith(root) && edge.folders.test(relative(root, path)))
  expectSeen(`tsc -p ${edge.project}`, own.length, sourcesIn(root, edge.folders))
  return own.length
}

/** Compiles core without the platform, what runs at the edge without Node, and everything with it. */
export const types: TreeCheck = async (root) => {
  const core = await compile(root, "tsconfig.core.json", /^core\//)
  const atEdge = existsSync(join(root, edge.project)) ? `${await compileEdge(root)} of the edge without Node, ` : ""
  const all = await compile(root, "tsconfig.json", /^((core|adapters|runtimes|deploy|examples|test)\/|[^/]+$)/)
  return `${core} files of core without the platform, ${atEdge}${all} files in all`
}

/** Runs the linter over every source file. */
export const lint: TreeCheck = async (root) => {
  await succeed("oxlint", ["--format", "unix", "--deny-warnings", "."], { cwd: root })
  const report = await succeed("oxlint", ["--format", "json", "."], { cwd: root })
  const { number_of_files: seen } = JSON.parse(report) as { readonly number_of_files: number }
  expectSeen("oxlint", seen, listFiles(root).filter(isSource).length)
  return `${seen} files`
}

/** Runs the formatter without writing. */
export const format: TreeCheck = async (root) => {
  await succeed("oxfmt", ["--check", "."], { cwd: root })
  const sources = listFiles(root).filter(isSource)
  const said = await succeed("oxfmt", ["--check", "--no-error-on-unmatched-pattern", ...sources], { cwd: root })
  const seen = Number(/ on (\d+) files/.exec(said)?.[1] ?? 0)
  expectSeen("oxfmt", seen, sources.length)
  return `${seen} files`
}

/** Source files that are under version control and still there, but that the checks do not list. */
const unseenOf = async (root: string): Promise<ReadonlyArray<string>> => {
  const listed = new Set(listFiles(root))
  const tracked = await succeed("git", ["ls-files", "--cached"], { cwd: root })
  return tracked.split("\n").filter((path) => isSource(path) && !listed.has(path) && existsSync(join(root, path)))
}

/** Runs the rules that lint cannot see. */
export const architecture: TreeCheck = async (root) => {
  const { sources, violations } = checkArchitecture(root)
  const unseen = existsSync(join(root, ".git")) ? await unseenOf(root) : []
  if (unseen.length > 0 || sources === 0) {
    throw new Error(`The architecture check read ${sources} files and missed ${unseen.join(", ") || "all"}.`)
  }
  if (violations.length > 0) {
    throw new Error(violations.map((each) => `${each.path}:${each.line} ${each.rule}: ${each.message}`).join("\n"))
  }
  return `${sources} files`
}
