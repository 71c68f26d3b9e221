import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { type Files, plant } from "./Plant.ts"

type Options = ReadonlyArray<unknown>

type Rules = Readonly<Record<string, string | Options>>

interface Config {
  readonly rules: Rules
  readonly overrides: ReadonlyArray<{ readonly files: ReadonlyArray<string>; readonly rules: Rules }>
}

const config = JSON.parse(readText(projectRoot, ".oxlintrc.json")) as Config

/** One violation of each configured rule that is not made of a list; where the file lies if core is not meant. */
const canaries: Readonly<Record<string, { readonly text: string; readonly at?: string; readonly more?: Files }>> = {
  "no-empty": { text: "if (0 < 1) {\n}" },
  "max-lines": { text: Array.from({ length: 501 }, (_, at) => `export const a${at} = 1`).join("\n") },
  "no-console": { text: `console.log("a")`, at: "adapters/planted" },
  "import/no-cycle": {
    text: `import { b } from "./B.ts"\nexport const a = () => b()`,
    more: { "B.ts": `import { a } from "./A.ts"\nexport const b = (): number => a()` }
  },
  "typescript/no-explicit-any": { text: "export const a: any = 1" },
  "typescript/ban-ts-comment": { text: `// ${"@ts"}-ignore\nexport const a = 1` },
  "typescript/consistent-type-imports": { text: `export type A = import("../../log/index.ts").Mark` },
  "typescript/triple-slash-reference": { text: `/// <reference types="node" />\nexport const a = 1` },
  "typescript/no-require-imports": { text: `export const a = require("effect/Effect")` },
  "oxc/no-async-await": { text: "export const a = async () => 1" }
}

/** A line that uses the named global, member or type. */
const useOf = (rule: string, entry: unknown): string => {
  const { name, object, property } = entry as Readonly<Record<string, string | undefined>>
  if (rule === "no-restricted-globals") return `export const a = ${name}`
  if (rule === "no-restricted-properties") return `export const a = ${object ?? '"text"'}.${property}`
  return `export type A = ${String(entry)}<1>`
}

const entriesOf = (rule: string, options: Options): ReadonlyArray<unknown> =>
  rule === "typescript/no-restricted-types"
    ? Object.keys((options[0] as { readonly types: Readonly<Record<string, string>> }).types)
    : options

interface Planted {
  readonly rule: string
  readonly name: string
  readonly files: Files
}

const planted: ReadonlyArray<Planted> = [config, ...config.overrides].flatMap(({ rules }, group) =>
  Object.entries(rules)
    .filter(([, level]) => level !== "off")
    .flatMap(([rule, level]): ReadonlyArray<Planted> => {
      const id = rule.replace("/", "-")
      if (rule.includes("no-restricted")) {
        return entriesOf(rule, (level as Options).slice(1)).map((entry, at) => {
          const text = useOf(rule, entry)
          return { rule, name: text, files: { [`core/planted/${id}-${group}-${at}.ts`]: `${text}\n` } }
        })
      }
      const canary = canaries[rule]
      if (canary === undefined) throw new Error(`${rule} is configured, but no canary shows that it reports.`)
      const folder = canary.at ?? `core/planted/${id}-${group}`
      const files = Object.entries({ "A.ts": canary.text, ...canary.more })
      return [
        { rule, name: rule, files: Object.fromEntries(files.map(([name, text]) => [`${folder}/${name}`, `${text}\n`])) }
      ]
    })
)

const others: ReadonlyArray<Planted> = [
  ["no-unused-vars", "a name is declared and never used", "const a = 1"],
  ["no-debugger", "the debugger is called", "debugger"],
  ["no-restricted-globals", "the type of a global is asked", "export type A = typeof globalThis.process"],
  ["no-restricted-globals", "Date tells the time", "export const a = Date.now()"],
  ["no-restricted-globals", "Date is constructed", "export const a = new Date()"],
  ["no-restricted-properties", "Math is taken apart", "export const { random } = Math"],
  ["oxc/no-async-await", "something is awaited", "export const a = async () => {\n  await 1\n}"]
].map(([rule = "", name = "", text], at) => ({ rule, name, files: { [`core/planted/other-${at}.ts`]: `${text}\n` } }))

interface Report {
  readonly diagnostics: ReadonlyArray<{ readonly code: string; readonly filename: string }>
}

/** Which rules report in which file, over one tree with everything planted in it. */
const reported = (files: Files): ReadonlySet<string> => {
  const tree = plant(files)
  const ended = spawnSync(join(projectRoot, "node_modules/.bin/oxlint"), ["--format", "json", "."], {
    cwd: tree.root,
    encoding: "utf8",
    maxBuffer: 1 << 26
  })
  tree.remove()
  const { diagnostics } = JSON.parse(ended.stdout) as Report
  return new Set(
    diagnostics.map(({ code, filename }) => {
      const [, plugin = "", rule = ""] = /^(?:eslint-plugin-)?([\w-]+)\(([\w-]+)\)$/.exec(code) ?? []
      return `${plugin === "eslint" ? rule : `${plugin}/${rule}`} ${filename}`
    })
  )
}

describe("the linter", () => {
  const all = [...planted, ...others]
  const found = reported(Object.assign({}, ...all.map(({ files }) => files)) as Files)

  it("says nothing about a tree that keeps the rules", () => {
    expect([...reported({})]).toEqual([])
  })

  it.each(all)("reports $rule: $name", ({ rule, files }) => {
    expect([...found]).toContain(`${rule} ${Object.keys(files)[0]}`)
  })
})
