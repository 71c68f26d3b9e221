import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../house/Command.ts"
import { need } from "./Tools.ts"
import { Unavailable } from "./Unavailable.ts"

/** The project that depends on the artifacts (`group:artifact:version`), as Maven wants it. */
export const pomOf = (artifacts: ReadonlyArray<string>): string => {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(":")
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    "<groupId>local</groupId><artifactId>service</artifactId><version>1</version><packaging>pom</packaging>",
    `<dependencies>${dependencies.join("\n")}</dependencies></project>\n`
  ].join("\n")
}

/** One after another: Maven's cache is not made for two at a time. */
let before: Promise<void> = Promise.resolve()

const copy = async (folder: string, pom: string, artifacts: ReadonlyArray<string>): Promise<void> => {
  need("mvn", "Maven is not installed: get the package maven.")
  rmSync(join(folder, "libs"), { recursive: true, force: true })
  writeFileSync(join(folder, "pom.xml"), pom)
  const output = `-DoutputDirectory=${join(folder, "libs")}`
  const args = ["-q", "-B", "-f", join(folder, "pom.xml"), "dependency:copy-dependencies", output]
  const ended = await run("mvn", [...args, "-DincludeScope=runtime"], { deadline: 300_000 })
  if (ended.code === 0) return
  const said = `${ended.stdout}\n${ended.stderr}`.trim().split("\n").slice(0, 5).join("\n")
  throw new Unavailable(`Maven did not get ${artifacts.join(" and ")}: see whether it reaches a repository.\n${said}`)
}

/** Resolves artifacts with all that they need into `libs` of the folder, once. */
export const fetchJars = async (folder: string, artifacts: ReadonlyArray<string>): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const pom = pomOf(artifacts)
  const complete = join(folder, "libs", "complete.xml")
  if (existsSync(complete) && readFileSync(complete, "utf8") === pom) return
  const mine = before.then(() => copy(folder, pom, artifacts))
  before = mine.catch(() => undefined)
  await mine
  writeFileSync(complete, pom)
}
