import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { build } from "esbuild"
import { Miniflare } from "miniflare"
import { run, succeed, projectRoot } from "./Command.ts"
import { isBuiltin, packageOf } from "./ImportRules.ts"
import { makeLayout, type Layout } from "./Layout.ts"
import { parse } from "./SourceFile.ts"
import { isSource, listFiles, type Manifest, readManifest, readText } from "./Tree.ts"

/** An exported folder of adapters with the packages that only it needs. */
interface Adapter {
  readonly folder: string
  readonly drivers: ReadonlyArray<string>
}

/** The names that each subpath exports at run time. */
type Exports = Readonly<Record<string, ReadonlyArray<string>>>

/**
 * How an adapter that loads its driver only when it is opened is opened: a JavaScript expression for a promise, with
 * the module as `adapter` and effect's as `Effect`. An adapter that imports its driver at once needs no entry.
 */
const opened: Readonly<Record<string, string>> = {
  "adapters/cassandra": `Effect.runPromise(Effect.scoped(adapter.CassandraStore.open({ contactPoints: ["127.0.0.1:1"], keyspace: "journal" })))`,
  "adapters/compression": `Promise.any(["lz4", "snappy"].map((codec) => Effect.runPromise(adapter.compressionOf(codec))))`,
  "adapters/dynamodb/fetch": `Effect.runPromise(adapter.FetchStore.open({ region: "eu-west-1", table: "journal", credentials: { accessKeyId: "a", secretAccessKey: "b" } }))`,
  "adapters/dynamodb": `Effect.runPromise(Effect.scoped(adapter.DynamoDbStore.open({ region: "eu-west-1", table: "journal" })))`,
  "adapters/kafkajs": `Effect.runPromise(Effect.scoped(adapter.KafkaJsLog.make({ brokers: ["127.0.0.1:1"], network: {} })))`,
  "adapters/platformatic": `Effect.runPromise(Effect.scoped(adapter.PlatformaticLog.make({ brokers: ["127.0.0.1:1"], network: {} })))`,
  "adapters/sql/postgres": `Effect.runPromise(Effect.scoped(adapter.PostgresStore.open({ host: "127.0.0.1", port: 1 })))`
}

/** What runs in workerd beside core, by the adapter whose driver it needs. */
const atEdge: Readonly<Record<string, ReadonlyArray<string>>> = {
  "adapters/dynamodb/fetch": ["odradek/adapters/dynamodb/fetch", "odradek/runtimes/edge"]
}

/** A busy machine packs and installs slowly. */
const deadline = 600_000

const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--loglevel=error"]

/** Packs the package as it would be published (which builds it) and gives the tarball's path. */
export const pack = async (into: string): Promise<string> => {
  const said = await succeed("npm", ["pack", "--pack-destination", into, "--loglevel=error"], { deadline })
  const name = said.trim().split("\n").at(-1)
  if (name === undefined || !name.endsWith(".tgz")) throw new Error(`npm pack named no tarball, but said: ${said}`)
  return join(into, name)
}

const versionOf = (manifest: Manifest, name: string): string => {
  const version = manifest.devDependencies?.[name] ?? manifest.dependencies?.[name] ?? manifest.peerDependencies?.[name]
  if (version === undefined) throw new Error(`package.json does not say which version of ${name} is meant.`)
  return `${name}@${version}`
}

const install = async (folder: string, packages: ReadonlyArray<string>, more: ReadonlyArray<string> = []) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), `{ "private": true, "type": "module" }\n`)
  await succeed("npm", ["install", ...quiet, ...more, ...packages], { cwd: folder, deadline })
}

/** A program that imports every subpath and prints the names of what they export. */
const probe = (subpaths: ReadonlyArray<string>): string =>
  `const found = {}
for (const name of ${JSON.stringify(subpaths)}) found[name] = Object.keys(await import(name))
console.log(JSON.stringify({ version: typeof Deno === "undefined" ? process.version : Deno.version.deno, found }))
`

const count = (exports: Exports): number => Object.values(exports).reduce((sum, names) => sum + names.length, 0)

/** Runs a probe on one platform; a word on standard error, such as a warning, is a failure. */
const importAll = async (
  folder: string,
  subpaths: ReadonlyArray<string>,
  command: ReadonlyArray<string>,
  version: RegExp
): Promise<Exports> => {
  writeFileSync(join(folder, "probe.js"), probe(subpaths))
  const [program = "", ...args] = command
  const ended = await run(program, [...args, "probe.js"], { cwd: folder, deadline: 60_000 })
  if (ended.code !== 0 || ended.stderr.trim() !== "") {
    throw new Error(`${command.join(" ")} could not import ${subpaths.join(", ")} in silence:\n${ended.stderr}`)
  }
  const said = JSON.parse(ended.stdout) as { readonly version: string; readonly found: Exports }
  if (!version.test(said.version)) throw new Error(`${program} is version ${said.version}, not ${version.source}.`)
  return said.found
}

/** Evaluates a bundle of every subpath inside workerd, where no module of Node exists. */
const countInWorkerd = async (folder: string, subpaths: ReadonlyArray<string>): Promise<number> => {
  const imports = subpaths.map((name, at) => `import * as m${at} from ${JSON.stringify(name)}`)
  const sum = subpaths.map((_, at) => `Object.keys(m${at}).length`).join(" + ")
  const bundle = await build({
    stdin: {
      contents: `${imports.join("\n")}\nexport default { fetch: () => new Response(String(${sum})) }\n`,
      resolveDir: folder
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    write: false,
    logLevel: "silent"
  })
  const worker = new Miniflare({
    modules: true,
    script: bundle.outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-01-01",
    cf: false
  })
  try {
    const response = await worker.dispatchFetch("http://localhost/")
    return Number(await response.text())
  } finally {
    await worker.dispose()
  }
}

/** Evaluates subpaths inside workerd, and expects there what they export on Node. */
const expectInWorkerd = async (folder: string, subpaths: ReadonlyArray<string>): Promise<void> => {
  if (subpaths.length === 0) return
  const onNode = count(await importAll(folder, subpaths, ["node"], /^v24\./))
  const inWorkerd = await countInWorkerd(folder, subpaths)
  if (inWorkerd === 0 || inWorkerd !== onNode) {
    throw new Error(`${subpaths.join(", ")} export ${onNode} names on Node, but ${inWorkerd} in workerd.`)
  }
}

/** Compiles a consumer that names every export of every subpath, so that the types agree with the code. */
const compileConsumer = async (folder: string, exports: Exports): Promise<void> => {
  const subpaths = Object.keys(exports)
  const lines = [
    ...subpaths.map((name, at) => `import * as m${at} from ${JSON.stringify(name)}`),
    ...subpaths.map((name, at) => `export const u${at} = [${(exports[name] ?? []).map((each) => `m${at}.${each}`)}]`)
  ]
  writeFileSync(join(folder, "consumer.ts"), `${lines.join("\n")}\n`)
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: []
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  await succeed("tsc", ["-p", "tsconfig.json"], { cwd: folder })
}

/** The adapters of the tree with their drivers: the packages their files name, beside effect's own. */
const adaptersOf = (files: ReadonlyArray<string>, { exported, unitOf }: Layout): ReadonlyArray<Adapter> =>
  exported
    .filter((folder) => folder.startsWith("adapters/"))
    .map((folder) => {
      const named = files
        .filter((path) => isSource(path) && unitOf(path) === folder)
        .flatMap((path) => parse(path, readText(projectRoot, path)).references)
        .flatMap(({ specifier }) => (specifier === undefined || /^\.|^\//.test(specifier) ? [] : specifier))
        .filter((specifier) => !isBuiltin(specifier))
        .map(packageOf)
      const drivers = new Set(named.filter((name) => name !== "effect" && !name.startsWith("@effect/platform-")))
      return { folder, drivers: [...drivers].sort() }
    })

/** Takes one driver away and expects a sentence that names the package to install. */
const expectSentence = async (folder: string, adapter: Adapter, driver: string): Promise<void> => {
  rmSync(join(folder, "node_modules", driver), { recursive: true, force: true })
  const subpath = `odradek/${adapter.folder}`
  const open = opened[adapter.folder]
  const program = `import * as Effect from "effect/Effect"
const adapter = await import(${JSON.stringify(subpath)})
await (${open ?? "undefined"})
void [adapter, Effect]
`
  writeFileSync(join(folder, "without.js"), program)
  const ended = await run("node", ["without.js"], { cwd: folder, deadline: 120_000 })
  const sentence = ended.stderr.split("\n").find((line) => /\binstall\b/i.test(line) && line.includes(driver))
  if (ended.code !== 0 && sentence !== undefined) return
  if (ended.code === 0 && open === undefined) {
    throw new Error(`${subpath} imports without ${driver}: say in test/house/Smoke.ts how it is opened.`)
  }
  throw new Error(`${subpath} without ${driver} has to say "install ${driver}", but ended so:\n${ended.stderr}`)
}

/** Runs an example that is in the package beside it, copied as its page says, and expects that it prints something and no warning. */
const runExample = async (folder: string, name: string): Promise<void> => {
  cpSync(join(folder, "node_modules/odradek/examples", name), join(folder, name), { recursive: true })
  const ended = await run("node", [`${name}/main.ts`], { cwd: folder, deadline: 120_000 })
  if (ended.code === 0 && ended.stdout !== "" && ended.stderr === "") return
  throw new Error(`The example ${name} beside the installed package ended with ${ended.code}:\n${ended.stderr}`)
}

/**
 * Installs the packed package into empty folders and uses it as a stranger would.
 *
 * **Details**
 *
 * Without any optional driver: every subpath of core on Node 24, Node 22, Deno and in workerd, every adapter that needs
 * no optional driver on Node 24 and 22, the runtimes, the command line, which runs on Deno, too, an example, and the types. Then each
 * adapter with its own driver only, and once more without it.
 */
export const smoke = async (tarball: string): Promise<string> => {
  const scratch = join(dirname(tarball), "smoke")
  const manifest = readManifest(projectRoot)
  const files = listFiles(projectRoot)
  const layout = makeLayout(projectRoot, files)
  const { exported } = layout
  const core = exported.filter((folder) => folder.startsWith("core/")).map((folder) => `odradek/${folder}`)
  const runtimes = exported.filter((folder) => folder.startsWith("runtimes/")).map((folder) => `odradek/${folder}`)
  const adapters = adaptersOf(files, layout)
  if (core.length === 0) throw new Error("The package exports nothing of core.")
  if (adapters.length === 0 && files.some((path) => path.startsWith("adapters/"))) {
    throw new Error("There are adapters, but package.json exports none of them.")
  }
  const isOrdinary = (name: string): boolean => manifest.dependencies?.[name] !== undefined
  const withOwn = adapters.filter((adapter) => !adapter.drivers.every(isOrdinary))
  const bare = adapters.filter((adapter) => adapter.drivers.every(isOrdinary)).map(({ folder }) => `odradek/${folder}`)
  const packages = [tarball, versionOf(manifest, "effect")]

  const base = join(scratch, "base")
  await install(base, [...packages, "node@22"], ["--omit=optional"])
  const found = await importAll(base, [...core, ...bare, ...runtimes], ["node"], /^v24\./)
  const node22 = join(base, "node_modules", "node", "bin", "node")
  await importAll(base, [...core, ...bare], [node22], /^v22\./)
  const onDeno = await importAll(base, core, ["deno", "run", "--quiet", "--no-remote", "-A"], /^2\./)
  const inWorkerd = await countInWorkerd(base, core)
  if (inWorkerd === 0 || inWorkerd !== count(onDeno)) {
    throw new Error(`core exports ${count(onDeno)} names on Deno, but ${inWorkerd} in workerd.`)
  }
  for (const [name, path] of Object.entries(manifest.bin ?? {})) {
    await succeed(join(base, "node_modules", ".bin", name), ["--help"], { cwd: base, deadline: 120_000 })
    const onDenoToo = ["run", "--quiet", "--no-remote", "--no-prompt", "--allow-read", "--allow-env"]
    await succeed("deno", [...onDenoToo, join("node_modules", "odradek", path), "--help"], {
      cwd: base,
      deadline: 120_000
    })
  }

  await runExample(base, "bank")

  const all: Record<string, ReadonlyArray<string>> = { ...found }
  for (const [at, adapter] of withOwn.entries()) {
    const folder = join(scratch, `adapter-${at}`)
    await install(folder, [...packages, ...adapter.drivers.map((name) => versionOf(manifest, name))])
    Object.assign(all, await importAll(folder, [`odradek/${adapter.folder}`], ["node"], /^v24\./))
    await expectInWorkerd(folder, atEdge[adapter.folder] ?? [])
    for (const driver of adapter.drivers) await expectSentence(folder, adapter, driver)
  }
  await compileConsumer(base, all)
  for (const adapter of adapters.filter((each) => !withOwn.includes(each))) {
    for (const driver of adapter.drivers) await expectSentence(base, adapter, driver)
  }
  return `${Object.keys(all).length} subpaths, ${count(all)} exports, ${inWorkerd} of core in workerd`
}
