import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { tooOld } from "../../../../runtimes/node/cli/NodeVersion.ts"
import { readManifest } from "../../../house/Tree.ts"

const source = (path: string): string =>
  readFileSync(new URL(`../../../../runtimes/node/${path}`, import.meta.url), "utf8")

const staticImports = (path: string): ReadonlyArray<string> =>
  [...source(path).matchAll(/^(?:import|export)\b.*?"([^"]+)"/gm)].map(([, from = ""]) => from)

it("a Node that is too old is told in one sentence, with the version that is wanted and the one there is", () => {
  expect(tooOld("20.20.2")).toBe("odradek needs Node 22.19 or later, and this is Node 20.20.2: install a later one.")
  expect(["18.0.0", "20.99.0", "22.18.9"].map(tooOld)).not.toContain(undefined)
})

it("later versions are taken, also those that are not released yet", () => {
  expect(["22.19.0", "22.20.1", "23.0.0", "24.21.0", "26.0.0-nightly20261101"].map(tooOld)).toEqual(
    Array.from({ length: 5 }, () => undefined)
  )
})

it("the version wanted is the one in the package's manifest", () => {
  const { engines } = JSON.parse(JSON.stringify(readManifest(".")))
  const oldest = engines.node.slice(">=".length)
  expect(tooOld(oldest)).toBeUndefined()
  expect(tooOld("22.18.99")).toContain(oldest.split(".").slice(0, 2).join("."))
})

it("nothing that an old Node cannot link is imported before the version is looked at", () => {
  expect(staticImports("main.ts")).toEqual(["./cli/NodeVersion.ts"])
  expect(staticImports("cli/NodeVersion.ts")).toEqual([])
})
