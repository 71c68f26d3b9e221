import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../house/Command.ts"
import { folderOf } from "./Folder.ts"
import { need } from "./Tools.ts"
import { Unavailable } from "./Unavailable.ts"

/**
 * The path of a program that a package of PyPI brings (`name==version`), installed once into an environment of its own; throws
 * one sentence where it cannot be had.
 */
export const pythonTool = async (requirement: string, program: string): Promise<string> => {
  const folder = folderOf(`python-${requirement.replaceAll("=", "-")}`)
  const complete = join(folder, "complete")
  const path = join(folder, "bin", program)
  if (existsSync(complete)) return path
  const python = need("python3", "Python is not installed: get the package python3-venv.")
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const made = await run(python, ["-m", "venv", folder], { deadline: 120_000 })
  if (made.code !== 0) throw new Unavailable("Python makes no environments: get the package python3-venv.")
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
  const installed = await run(join(folder, "bin", "python"), pip, { deadline: 300_000 })
  if (installed.code !== 0) {
    const why = installed.stderr.trim().split("\n").at(-1) ?? ""
    throw new Unavailable(`pip did not get ${requirement}: see whether it reaches PyPI (${why}).`)
  }
  writeFileSync(complete, "")
  return path
}
