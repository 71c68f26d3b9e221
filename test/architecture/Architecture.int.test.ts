import { describe, expect, it } from "vitest"
import { checkArchitecture } from "../house/Architecture.ts"
import { clean, type Files, plant } from "./Plant.ts"

const findIn = (files: Files): ReadonlyArray<string> => {
  const planted = plant(files)
  try {
    return checkArchitecture(planted.root).violations.map(({ path, line, rule }) => `${rule} ${path}:${line}`)
  } finally {
    planted.remove()
  }
}

/** Planted files, and every violation that they are expected to give, no more and no fewer. */
interface Case {
  readonly name: string
  readonly files: Files
  readonly gives: ReadonlyArray<string>
}

const inCore = (name: string, text: string, ...gives: ReadonlyArray<string>): Case => ({
  name,
  files: { "core/log/Planted.ts": `${text}\n` },
  gives: gives.map((rule) => `${rule} core/log/Planted.ts:1`)
})

const note = ["TO", "DO"].join("")
const elsewhere = ["", "work", "main"].join("/")

const cases: ReadonlyArray<Case> = [
  inCore("core imports an adapter", `export * from "../../adapters/file/index.ts"`, "core-outside"),
  {
    name: "core imports a runtime",
    files: {
      "core/log/Planted.ts": `import "../../runtimes/node/index.ts"
`
    },
    gives: [
      "core-outside core/log/Planted.ts:1",
      "folder-cycle core/log/Planted.ts:1",
      "folder-cycle runtimes/node/index.ts:2"
    ]
  },
  inCore("core imports a test", `import "../../test/core/bytes/Sum.test.ts"`, "core-outside"),
  inCore("core imports a platform module", `import { readFileSync } from "node:fs"`, "core-outside"),
  inCore("core imports a platform module by its old name", `import { Buffer } from "buffer"`, "core-outside"),
  inCore("core imports a platform module for a type", `export type A = import("node:fs").Stats`, "core-outside"),
  inCore("core imports a platform module at run time", `export const a = () => import("node:fs")`, "core-outside"),
  inCore("core re-exports a platform module", `export { readFileSync } from "node:fs"`, "core-outside"),
  inCore("core requires a platform module", `export const a = require("node:fs")`, "core-outside"),
  inCore("core imports a driver", `import type { Kafka } from "kafkajs"`, "core-outside"),
  inCore("core imports a package that is not declared", `import "left-pad"`, "core-outside", "undeclared-package"),
  inCore("core computes what it imports", `export const a = (name: string) => import(name)`, "computed-import"),
  {
    name: "a runtime computes what it imports",
    files: { "runtimes/simulate/mutants/Computed.ts": "export const a = (name: string) => import(name)\n" },
    gives: ["computed-import runtimes/simulate/mutants/Computed.ts:1"]
  },
  inCore("core imports the effect barrel", `import { Effect } from "effect"`, "effect-barrel"),
  inCore(
    "core imports an unstable module of effect",
    `import { HttpClient } from "effect/http"`,
    "effect-stability",
    "effect-stability"
  ),
  inCore("core imports an unstable symbol by name", `import { limitBytes } from "effect/Stream"`, "effect-stability"),
  inCore("core re-exports an unstable symbol", `export { limitBytes } from "effect/Stream"`, "effect-stability"),
  inCore("core re-exports a module of effect", `export * from "effect/Stream"`, "effect-stability"),
  inCore("core imports effect at run time", `export const a = () => import("effect/Stream")`, "effect-stability"),
  inCore("core imports what effect has not", `import "effect/Nothing"`, "effect-stability"),
  inCore(
    "core uses an unstable member",
    `import * as S from "effect/Stream"; export const a = S.limitBytes`,
    "effect-stability"
  ),
  inCore(
    "core uses an unstable member by index",
    `import * as S from "effect/Stream"; export const a = S["limitBytes"]`,
    "effect-stability"
  ),
  inCore(
    "core uses an unstable type",
    `import type * as Q from "effect/TxQueue"; export type A = Q.TxQueue<1>; export type B = Q.State`,
    "effect-stability"
  ),
  inCore(
    "core takes an unstable member apart",
    `import * as S from "effect/Stream"; export const { limitBytes } = S`,
    "effect-stability"
  ),
  inCore(
    "core hands on a namespace of effect",
    `import * as S from "effect/Stream"; export const a = [S]`,
    "effect-stability"
  ),
  inCore("core exports a namespace of effect", `import * as S from "effect/Stream"; export { S }`, "effect-stability"),
  inCore("core gives Math another name", `const M = Math; export const a = M.random()`, "math-alias"),
  inCore("core computes a member of Math", `export const a = (name: "random") => Math[name]()`, "math-alias"),
  inCore(
    "core declares a name of the platform",
    `declare const process: { readonly pid: number }; export const a = process.pid`,
    "ambient-declaration"
  ),
  inCore("core declares a global", `declare global { interface Window {} }; export {}`, "ambient-declaration"),
  inCore(
    "core declares a function of the platform",
    `declare function setTimeout(f: () => void): void; export const a = setTimeout`,
    "ambient-declaration"
  ),
  inCore("core imports past an index", `export * from "../bytes/Sum.ts"`, "past-index"),
  inCore("core imports against the order", `export * from "../ports/index.ts"`, "core-order"),
  inCore("core imports a folder that has no index", `export * from "../bytes"`, "unresolved"),
  inCore("the package imports itself by name", `export * from "odradek/core/bytes"`, "core-outside", "self-import"),
  inCore("a lint rule is switched off", `// ${"oxlint"}-disable-next-line no-console`, "suppression"),
  inCore("a type error is switched off", `// ${"@ts"}-expect-error`, "suppression"),
  inCore("a note says that work is left", `// ${note} later`, "unfinished"),
  inCore("a path of one machine is named", `export const a = "${elsewhere}"`, "foreign-path"),
  inCore("a file does not parse", `export const = 1`, "parses"),
  {
    name: "a folder of core has no place in the order",
    files: { "core/novelty/index.ts": "export const a = 1\n" },
    gives: ["core-order core/novelty/index.ts:1"]
  },
  {
    name: "a port imports its contract",
    files: { "core/ports/Planted.ts": `export * from "./contract/index.ts"\n` },
    gives: [
      "core-order core/ports/Planted.ts:1",
      "folder-cycle core/ports/Planted.ts:1",
      "folder-cycle core/ports/contract/index.ts:1"
    ]
  },
  {
    name: "a contract is used past its index",
    files: {
      "core/ports/contract/Size.ts": "export const size = 1\n",
      "adapters/file/Planted.ts": `export * from "../../core/ports/contract/Size.ts"\n`
    },
    gives: ["past-index adapters/file/Planted.ts:1"]
  },
  {
    name: "a nested folder is used past the index of the folder it belongs to",
    files: {
      "core/protocol/index.ts": `export * from "./messages/index.ts"\n`,
      "core/protocol/messages/index.ts": "export const a = 1\n",
      "adapters/file/Planted.ts": `export * from "../../core/protocol/messages/index.ts"\n`
    },
    gives: ["past-index adapters/file/Planted.ts:1"]
  },
  {
    name: "an adapter imports another",
    files: { "adapters/tcp/index.ts": `export * from "../file/index.ts"\n` },
    gives: ["adapter-adapter adapters/tcp/index.ts:1"]
  },
  {
    name: "an adapter imports a runtime",
    files: { "adapters/tcp/index.ts": `export type A = typeof import("../../runtimes/node/index.ts")\n` },
    gives: ["adapter-runtime adapters/tcp/index.ts:1"]
  },
  {
    name: "an adapter imports a test",
    files: { "adapters/tcp/index.ts": `import "../../test/core/bytes/Sum.test.ts"\n` },
    gives: ["unpublished adapters/tcp/index.ts:1"]
  },
  {
    name: "an adapter names a driver that package.json does not",
    files: { "adapters/tcp/index.ts": `import "left-pad"\n` },
    gives: ["undeclared-package adapters/tcp/index.ts:1"]
  },
  {
    name: "an example imports what is not its own by its path",
    files: {
      "examples/shop/main.ts": `import "../../core/log/index.ts"\nimport "../bank/main.ts"\nimport "odradek/core/log"\n`,
      "examples/bank/main.ts": `export const a = 1\n`
    },
    gives: ["example-outside examples/shop/main.ts:1", "example-outside examples/shop/main.ts:2"]
  },
  {
    name: "what adapters of one technology share imports one of them",
    files: { "adapters/sql/Planted.ts": `export * from "./sqlite/index.ts"\n` },
    gives: ["folder-cycle adapters/sql/Planted.ts:1", "folder-cycle adapters/sql/sqlite/index.ts:1"]
  },
  {
    name: "two runtimes import each other",
    files: {
      "runtimes/promise/index.ts": `import type { main } from "../node/index.ts"\nexport type Main = typeof main\n`,
      "runtimes/node/Planted.ts": `export type * from "../promise/index.ts"\n`
    },
    gives: ["folder-cycle runtimes/node/Planted.ts:1", "folder-cycle runtimes/promise/index.ts:1"]
  },
  {
    name: "folders inside an exported folder import each other in a round",
    files: {
      "core/log/a/A.ts": `export * from "../b/B.ts"\n`,
      "core/log/b/B.ts": `export * from "../c/C.ts"\n`,
      "core/log/c/C.ts": `export * from "../a/A.ts"\n`
    },
    gives: ["folder-cycle core/log/a/A.ts:1", "folder-cycle core/log/b/B.ts:1", "folder-cycle core/log/c/C.ts:1"]
  },
  {
    name: "a test is singled out, left out or put off",
    files: {
      "test/core/Planted.test.ts": `it.${"only"}("a", () => {})\nit.effect.${"skip"}("b", () => {})\ndescribe.${"todo"}("c")\n`
    },
    gives: [1, 2, 3].map((line) => `focused-test test/core/Planted.test.ts:${line}`)
  },
  {
    name: "a test without I/O in its name does I/O",
    files: {
      "test/core/Planted.test.ts": `import "node:fs/promises"\n`,
      "test/core/Planted.int.test.ts": `import "node:fs"\n`
    },
    gives: ["test-level test/core/Planted.test.ts:1"]
  },
  {
    name: "a document names a path of one machine",
    files: { "README.md": `See ${elsewhere}.\n` },
    gives: ["foreign-path README.md:1"]
  }
]

describe("the architecture check", () => {
  it("finds nothing in a tree that keeps the rules", () => {
    expect(findIn({})).toEqual([])
  })

  it("reads every source file of the tree", () => {
    const planted = plant({})
    const { sources } = checkArchitecture(planted.root)
    planted.remove()
    expect(sources).toBe(Object.keys(clean).length)
  })

  it.each(cases)("reports when $name", ({ files, gives }) => {
    expect([...findIn(files)].sort()).toEqual([...gives].sort())
  })
})
