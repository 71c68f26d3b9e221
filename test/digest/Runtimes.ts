import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import { projectRoot, succeed } from "../house/Command.ts"
import type { Digests } from "./Vectors.ts"

/** Where the vectors were computed, and what came out. */
export interface Computed {
  readonly runtime: string
  readonly version: string
  readonly digests: Digests
}

/** What the bundle answers. */
interface Answer {
  readonly version: string
  readonly digests: Digests
}

const storiesIn = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".txt")).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))
  return Object.fromEntries(names.map((name, at) => [name, texts[at] ?? ""]))
}

/** The vectors as one module for every run-time, whose `fetch` answers with the digests; nothing of Node is in it. */
const bundle = async (): Promise<string> => {
  const stories = await storiesIn(join(projectRoot, "test/simulation/scripts"))
  const vectors = JSON.stringify(join(projectRoot, "test/digest/Vectors.ts"))
  const contents = `import { digestsOf } from ${vectors}
const versionOf = ({ process, Deno, navigator }) => Deno?.version.deno ?? process?.version ?? navigator?.userAgent
const stories = ${JSON.stringify(stories)}
export default {
  fetch: (request) => {
    const seeds = Number(new URL(request.url).searchParams.get("seeds"))
    return Response.json({ version: versionOf(globalThis), digests: digestsOf({ seeds, stories }) })
  }
}
`
  const built = await build({
    stdin: { contents, resolveDir: projectRoot },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["odradek-source"],
    target: "es2023",
    write: false,
    logLevel: "silent"
  })
  return built.outputFiles[0]?.text ?? ""
}

const address = (seeds: number): string => `http://localhost/?seeds=${seeds}`

/** The programs that run the bundle as a file, beside workerd. Node 22 lies in a folder of its own: see `node-22`. */
const programs: ReadonlyArray<readonly [runtime: string, command: string, ...args: ReadonlyArray<string>]> = [
  ["Node 22", join(projectRoot, "test/digest/node-22/node_modules/.bin/node")],
  ["Node 24", join(projectRoot, "node_modules/.bin/node")],
  ["Deno", join(projectRoot, "node_modules/.bin/deno"), "run", "--quiet", "--no-remote", "--allow-read"]
]

const inWorkerd = async (script: string, seeds: number): Promise<Answer> => {
  const worker = new Miniflare({ modules: true, script, compatibilityDate: "2026-01-01", cf: false })
  try {
    const response = await worker.dispatchFetch(address(seeds))
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as Answer
  } finally {
    await worker.dispose()
  }
}

/** Computes the digests on every run-time, one after the other, each with `deadlineMs` milliseconds. */
export const computeEverywhere = async (
  seeds: number,
  deadlineMs: number,
  computed: (one: Computed) => void = () => undefined
): Promise<ReadonlyArray<Computed>> => {
  const script = await bundle()
  const folder = await mkdtemp(join(tmpdir(), "odradek-digest-"))
  const all: Array<Computed> = []
  const add = (one: Computed): void => {
    all.push(one)
    computed(one)
  }
  try {
    const file = join(folder, "vectors.mjs")
    await writeFile(file, script)
    const main = join(folder, "main.mjs")
    await writeFile(
      main,
      `import vectors from ${JSON.stringify(pathToFileURL(file).href)}
const response = vectors.fetch(new Request(${JSON.stringify(address(seeds))}))
console.log(await response.text())
`
    )
    for (const [runtime, command, ...args] of programs) {
      const said = await succeed(command, [...args, main], { cwd: folder, deadline: deadlineMs })
      add({ runtime, ...(JSON.parse(said) as Answer) })
    }
    add({ runtime: "workerd", ...(await inWorkerd(script, seeds)) })
    return all
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
