import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { hunt } from "./Hunt.ts"
import { reportText } from "./Report.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-kills-"))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it("after fifty kills of the broker and the replicator under load nothing acknowledged is lost, doubled or reordered", async () => {
  const seed = Date.now() % 1_000_000
  const report = await hunt({ kills: 50, seed, fsync: "interval", folder })
  process.stdout.write(reportText(report, seed))
  expect(report).toMatchObject({ lost: [], doubled: [], reordered: [], invented: [], complaints: [] })
  expect(report.brokerKills + report.replicatorKills).toBeGreaterThanOrEqual(50)
  expect(report.brokerKills).toBeGreaterThan(10)
  expect(report.replicatorKills).toBeGreaterThan(5)
  expect(report.acknowledged).toBeGreaterThan(1000)
  expect(report.reads).toBeGreaterThan(10)
}, 600_000)
