import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "odradek-arguments-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (program: string, args: ReadonlyArray<string>) => {
  const main = fileURLToPath(new URL(`../${program}/main.ts`, import.meta.url))
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--conditions=odradek-source", main, ...args], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder }
  })
  return { status, stdout, stderr }
}

describe("a hunt by killing processes", () => {
  it.each([
    ["chain", ["--clients", "0"], "--clients is 0: give a whole number from 1 to 1000.\n"],
    ["chain", ["--kills", "-1"], "--kills is -1: give a whole number from 1 to 1000000.\n"],
    ["chain", ["--minutes", "NaN"], "--minutes is NaN: give a number from 0 to 1000000.\n"],
    ["chain", ["--kill", "3"], "Unknown option '--kill': --help lists what there is.\n"],
    [
      "chain",
      ["--planted", "x"],
      "There is no planted bug x: take one that `odradek simulate chain --mutant list` lists.\n"
    ],
    ["kills", ["--kills", "1.5"], "--kills is 1.5: give a whole number from 1 to 1000000.\n"],
    ["kills", ["--seed", ""], "--seed is : give a whole number from 0 to 4294967295.\n"],
    ["kills", ["--fsync", "never"], "--fsync is never: give none, interval or always.\n"]
  ])("of %s refuses %j in a sentence, before it makes anything", (program, args, said) => {
    expect(run(program, args)).toEqual({ status: 2, stdout: "", stderr: said })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    [["codes"], "There is no codes: name any of codecs, append, store, "],
    [["--ful"], "Unknown option '--ful': --help lists what there is.\n"],
    [["--store", "sqlite"], "--store is sqlite: give cassandra, postgresql, dynamodb or the beginning of one.\n"]
  ])("or measuring refuses %j in a sentence", (args, said) => {
    const { status, stderr, stdout } = run("bench", args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" })
    expect(stderr).toContain(said)
  })

  it("or measuring shows how it is used, with all areas", () => {
    const { status, stderr, stdout } = run("bench", ["--help"])
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/^npm run bench -- \[AREA\.\.\.\] \[options\]\n\n {2}codecs /)
    for (const word of ["chain-processes", "--brokers", "--store", "--full"]) expect(stdout).toContain(`  ${word} `)
  })

  it.each(["chain", "kills"])("of %s shows how it is used", (program) => {
    const { status, stderr, stdout } = run(program, ["--help"])
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/^npm run (chain-)?kills -- \[options\]\n\n {2}--kills N /)
    expect(readdirSync(folder)).toEqual([])
  })
})
