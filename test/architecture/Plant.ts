import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { projectRoot } from "../house/Command.ts"

/** Files by path, with their text. */
export type Files = Readonly<Record<string, string>>

/** A small tree that keeps every rule: each ring, a folder within an adapter, a contract and both kinds of test. */
export const clean: Files = {
  "core/bytes/Sum.ts": `/** Adds bytes. */
export const sum = (bytes: Uint8Array): number => bytes.reduce((left, right) => left + right, 0)
`,
  "core/bytes/Utf8.ts": `declare const TextEncoder: { new (): { readonly encode: (text: string) => Uint8Array } }

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
`,
  "core/bytes/index.ts": `export * from "./Sum.ts"
export * from "./Utf8.ts"
`,
  "core/log/Mark.ts": `import * as Result from "effect/Result"
import { pipe } from "effect/Function"
import { sum } from "../bytes/index.ts"

declare const brand: unique symbol

export interface Mark {
  readonly [brand]: number
}

export const mark = (bytes: Uint8Array): Result.Result<number, string> =>
  pipe(Math.max(0, sum(bytes)), (total) => (total > 0 ? Result.succeed(total) : Result.fail("empty")))
`,
  "core/log/index.ts": `export * from "./Mark.ts"
`,
  "core/ports/Disk.ts": `export interface Disk {
  readonly size: number
}
`,
  "core/ports/index.ts": `export type * from "./Disk.ts"
`,
  "core/ports/contract/index.ts": `import type { Disk } from "../index.ts"

export const holds = (disk: Disk): boolean => disk.size >= 0
`,
  "adapters/file/index.ts": `import { statSync } from "node:fs"
import type { Disk } from "../../core/ports/index.ts"

export const open = (path: string): Disk => ({ size: statSync(path).size })
`,
  "adapters/sql/Dialect.ts": `export interface Dialect {
  readonly quote: string
}
`,
  "adapters/sql/sqlite/index.ts": `import type { Dialect } from "../Dialect.ts"

export const dialect: Dialect = { quote: "'" }
`,
  "runtimes/node/index.ts": `import { open } from "../../adapters/file/index.ts"
import { mark } from "../../core/log/index.ts"

export const main = (path: string): void => {
  console.log(mark(new Uint8Array(open(path).size)))
}
`,
  "test/core/bytes/Sum.test.ts": `import { expect, it } from "vitest"
import { sum } from "../../../core/bytes/Sum.ts"

it("adds nothing to zero", () => {
  expect(sum(new Uint8Array())).toBe(0)
})
`
}

const configured = [
  ".gitignore",
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "package.json",
  "tsconfig.base.json",
  "tsconfig.core.json",
  "tsconfig.json"
]

/** A tree of its own with the project's configuration and tools; `remove` takes it away. */
export interface Planted {
  readonly root: string
  readonly remove: () => void
}

/** Writes the clean tree, and over it the files of a violation, into an empty folder outside the project. */
export const plant = (files: Files): Planted => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "odradek-planted-")))
  for (const name of configured) cpSync(join(projectRoot, name), join(root, name))
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"))
  for (const [path, text] of Object.entries({ ...clean, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}
