import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Folders that hold nothing of ours: installed, built, or scratch. */
const ignored = new Set([".data", ".git", "dist", "node_modules"])

/**
 * Lists the files of the project, as paths relative to `root` with forward slashes, in order.
 *
 * **Details**
 *
 * Every check compares what it saw with this list, so a tool that quietly looked at nothing is a failure.
 */
export const listFiles = (root: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) visit(path)
      } else if (entry.isFile() && !entry.name.endsWith(".tgz")) {
        found.push(path)
      }
    }
  }
  visit("")
  return found.sort()
}

/** Whether the linter, the compiler and the architecture check read this file. */
export const isSource = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path)

/** Reads a file of the project as text. */
export const readText = (root: string, path: string): string => readFileSync(join(root, path), "utf8")

/** What the checks need of a package manifest. */
export interface Manifest {
  readonly name: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Reads the `package.json` of the project. */
export const readManifest = (root: string): Manifest => JSON.parse(readText(root, "package.json")) as Manifest
