import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The folder of the package that a file is part of, or `undefined` where it is the project's own. */
const packageFolder = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]

const licenceIn = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file === undefined ? "" : `\n${readFileSync(join(folder, file), "utf8").trim()}\n`
}

/**
 * The licences of the packages that files belong to, as one text: whoever passes on a bundle passes these on with it.
 *
 * **Details**
 *
 * `paths` are relative to `root`. A package that brings no file says in a word what its licence is.
 */
export const licencesOf = (paths: ReadonlyArray<string>, root: string): string => {
  const folders = new Set(paths.map(packageFolder).filter((folder) => folder !== undefined))
  const texts = [...folders].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<string, unknown>
    return `${String(manifest["name"])} ${String(manifest["version"])}: ${String(manifest["license"])}\n${licenceIn(join(root, folder))}`
  })
  return texts.join("\n---\n\n")
}
