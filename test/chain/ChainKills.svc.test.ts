import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { mutants } from "../../runtimes/simulate/index.ts"
import { hunt } from "./Hunt.ts"
import type { HuntOptions, HuntReport } from "./Hunt.ts"
import { reportText } from "./Report.ts"

/** Hunts in a folder of its own, which is kept where something is wrong that nobody has planted. */
const hunted = async (options: Omit<HuntOptions, "folder">): Promise<HuntReport> => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-chain-"))
  const report = await hunt({ ...options, folder })
  process.stdout.write(reportText(report))
  if (report.complaints.length === 0 || options.mutant !== undefined) rmSync(folder, { recursive: true, force: true })
  else process.stdout.write(`Everything is kept in ${folder}\n`)
  return report
}

it("after fifteen kills of three nodes whose links fail, what clients were told is that of one store", async () => {
  const report = await hunted({ kills: 15, seed: Date.now() % 1_000_000 })
  expect(report.complaints).toEqual([])
  expect(report.counts.kills).toBeGreaterThanOrEqual(15)
  expect(report.ok).toBeGreaterThan(100)
  expect(report.audit.checked).toBeGreaterThanOrEqual(report.ok)
}, 300_000)

it("a bug that is planted in every node is found", async () => {
  const mutant = mutants.chain.find(({ name }) => name === "minority")
  if (mutant === undefined) throw new Error("The catalogue has no such bug any more: choose another one.")
  const { complaints } = await hunted({ kills: 8, seed: 5, mutant })
  expect(complaints.join("\n")).toContain("Not linearizable")
}, 300_000)
