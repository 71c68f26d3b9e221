import { describe, expect, it } from "vitest"
import { reportText as chainReportText } from "../chain/Report.ts"
import type { HuntReport as ChainReport } from "../chain/Hunt.ts"
import type { HuntReport } from "./Hunt.ts"
import { reportText } from "./Report.ts"

const report: HuntReport = {
  lost: [],
  doubled: [],
  reordered: [],
  invented: [],
  complaints: [],
  brokerKills: 1,
  replicatorKills: 1,
  killsBeforeReady: 0,
  acknowledged: 9,
  refused: 0,
  unknown: 0,
  reads: 3,
  failedReads: 0,
  commits: 2,
  readyMs: [3]
}

const chainReport: ChainReport = {
  seed: 1,
  seconds: 2,
  counts: {
    kills: 1,
    killsOfLeader: 1,
    killsBeforeReady: 0,
    pauses: 0,
    cuts: 0,
    slowLinks: 0,
    fullDisks: 0,
    stoppedByFullDisk: 0,
    snapshots: 0,
    transfers: 0
  },
  ok: 5,
  refused: 0,
  unknown: 0,
  keys: 2,
  terms: 3,
  failoverMs: [],
  readyMs: [],
  audit: { checked: 5, situations: 5, seconds: 0 },
  complaints: [],
  around: []
}

describe("the last line of a report", () => {
  const lastOf = (text: string): string | undefined => text.trimEnd().split("\n").at(-1)

  it("says that all is well", () => {
    expect(lastOf(reportText(report, 1))).toBe(
      "0 complaints: nothing acknowledged was lost, doubled or reordered, and nothing was invented."
    )
    expect(lastOf(chainReportText(chainReport))).toBe(
      "0 complaints: nothing acknowledged was lost, and the history is linearizable."
    )
  })

  it("says that it is not", () => {
    expect(lastOf(reportText({ ...report, lost: ["a"], complaints: ["b"] }, 1))).toBe(
      "2 complaints: what clients were told is not what is there; see above."
    )
    expect(lastOf(chainReportText({ ...chainReport, complaints: ["It is not linearizable."] }))).toBe(
      "1 complaint: the cluster did what it must not; see above."
    )
  })
})
